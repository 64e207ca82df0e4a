package dev.weir.lvs;

import dev.weir.check.CheckKey;
import dev.weir.check.Checked;
import dev.weir.check.Wanted;
import dev.weir.conf.VirtualServer;
import dev.weir.conf.VirtualServer.RealServer;
import dev.weir.conf.VirtualServer.Service;
import dev.weir.lvs.Balancer.ServerAddress;
import dev.weir.lvs.Balancer.ServerSettings;
import dev.weir.lvs.Balancer.ServiceSettings;
import dev.weir.lvs.Notice.OfChecker;
import dev.weir.lvs.Notice.OfQuorum;
import dev.weir.lvs.Notice.OfServer;
import dev.weir.lvs.Notice.Remark;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A virtual server with its real servers: who of them serves, whether there are enough, and whether the sorry server does. */
final class Pool {
    private final Map<ServerAddress, Member> members = new LinkedHashMap<>();
    private final Consumer<Notice> notices;
    private VirtualServer conf;
    private boolean quorumUp;
    private boolean sorry;
    private boolean gone;
    private boolean checkerMails;
    private Instant since;

    Pool(VirtualServer conf, Consumer<Notice> notices, Moment now) {
        this.conf = conf;
        this.notices = notices;
        this.since = now.wall();
    }

    VirtualServer conf() {
        return conf;
    }

    Collection<Member> members() {
        return members.values();
    }

    @Nullable
    Member member(ServerAddress address) {
        return members.get(address);
    }

    boolean quorumUp() {
        return quorumUp;
    }

    boolean sorry() {
        return sorry;
    }

    Instant since() {
        return since;
    }

    /** The file has it no more, and the last of its servers has left. */
    boolean over() {
        return gone && members.isEmpty();
    }

    /** The file has it, perhaps otherwise than before. */
    void configure(VirtualServer wanted, Lifetime life) {
        VirtualServer before = conf;
        conf = wanted;
        gone = false;
        checkerMails = life.checkerMails();
        Set<ServerAddress> kept = new HashSet<>();
        for (RealServer real : wanted.servers()) {
            ServerAddress address = new ServerAddress(real.address(), real.port());
            kept.add(address);
            Member member = members.computeIfAbsent(address, _ -> new Member(real, life.now()));
            boolean isNew = member.checks().isEmpty() && !member.alive() || member.leaving();
            member.configure(wanted, real);
            boolean up = member.allChecksUp();
            if (isNew) {
                member.becomes(up, false, life.now());
                if (up && life.tellsOfNew()) {
                    tell(member, "is in service", null);
                }
            } else if (up != member.alive()) {
                turn(member, up, "its failing check is not configured any more", life.now());
            }
        }
        List.copyOf(members.keySet()).stream().filter(address -> !kept.contains(address))
                .forEach(address -> remove(before, address, life));
        judge(true, life.now());
    }

    /**
     * What a reload is like for servers.
     *
     * @param drain        in nanoseconds; 0: at once
     * @param tellsOfNew   rs_init_notifies
     * @param checkerMails mail tells of single checkers, too
     * @param isSet        whether the dataplane has a server in any service
     */
    record Lifetime(Moment now, long drain, boolean tellsOfNew, boolean checkerMails,
            Predicate<Member> isSet) {
    }

    private void remove(VirtualServer of, ServerAddress address, Lifetime life) {
        Member member = members.get(address);
        if (member == null || member.leaving()) {
            return;
        }
        boolean drains = member.alive() && life.drain() > 0 && life.isSet().test(member);
        if (member.alive()) {
            member.becomes(false, false, life.now());
            tell(of, member, drains
                    ? "is not in the file any more: it keeps its connections, and gets no new ones"
                    : "is not in the file any more", "=> Removing <=");
        }
        if (drains) {
            member.leave(life.now().nanos() + life.drain());
        } else {
            members.remove(address);
        }
    }

    /** The file has it no more. */
    void remove(Lifetime life) {
        gone = true;
        List.copyOf(members.keySet()).forEach(address -> remove(conf, address, life));
        sorry = false;
        if (quorumUp) {
            quorumUp = false;
            since = life.now().wall();
            tellQuorum("is not in the file any more", "=> Removing <=");
        }
    }

    /** The daemon ends; only with omega anybody is told. */
    void stop() {
        if (!conf.omega()) {
            return;
        }
        for (Member member : members.values()) {
            if (member.alive()) {
                member.becomes(false, false, Moment.now());
                tell(conf, member, "goes, as the daemon ends", "=> Shutting down <=");
            }
        }
        quorumUp = false;
        tellQuorum("goes, as the daemon ends", "=> Shutting down <=");
    }

    /** Whether anything follows for the dataplane. */
    boolean checked(Member member, Member.Standing standing, Checked checked, Moment now) {
        int weight = member.weight();
        boolean before = standing.up();
        boolean first = member.checked(standing, checked);
        boolean up = member.allChecksUp();
        if (up != member.alive()) {
            turn(member, up, standing.check().kind() + ": " + checked.outcome().detail(),
                    Mail.of(standing.check(), checked), now);
            judge(false, now);
            return true;
        }
        if (before != checked.up() && checkerMails && member.conf().smtpAlert()) {
            notices.accept(new OfChecker(conf.name(), name(member), member.alive(), checked.outcome().detail(),
                    Mail.of(standing.check(), checked)));
        }
        // keepalived tells of the first run of a pessimistic checker, and of any first failure.
        if (first && before == checked.up() && (standing.check().alpha() || !checked.up())) {
            tell(member, member.alive() ? "is up" : "is down", null);
        }
        if (weight != member.weight()) {
            notices.accept(new Remark("weight of real server " + name(member) + " of " + conf.name() + " is "
                    + member.weight() + " now, was " + weight + ": " + checked.outcome().detail()));
            judge(false, now);
            return true;
        }
        return false;
    }

    private void turn(Member member, boolean up, String why, Moment now) {
        turn(member, up, why, null, now);
    }

    private void turn(Member member, boolean up, String why, @Nullable String mail, Moment now) {
        member.becomes(up, true, now);
        tell(member, (up ? "is up: " : "is down: ") + why, mail);
    }

    /** An operator said something of a server. */
    void hand(Member member, @Nullable Hand said, Moment now) {
        member.hand(said);
        judge(false, now);
    }

    /** A server that drained is out. */
    void drained(Member member) {
        if (member.leaving()) {
            members.remove(member.address());
        } else if (member.hand() instanceof Hand.Drained drained) {
            member.hand(new Hand.Drained(drained.deadline(), true, drained.since()));
        }
    }

    boolean startsSlowly(long now) {
        return members.values().stream().anyMatch(member -> member.startsSlowly(now));
    }

    /** Those that wait for the end of their connections. */
    List<Member> draining() {
        return members.values().stream().filter(Member::draining)
                .filter(member -> !(member.hand() instanceof Hand.Drained drained && drained.out())).toList();
    }

    /** keepalived's rule: hysteresis is in the way of either change. */
    private void judge(boolean start, Moment now) {
        long weights = members.values().stream().filter(Member::serves).mapToLong(Member::weight).sum();
        long threshold = conf.quorum() + (quorumUp ? -1 : 1) * conf.hysteresis();
        boolean gained = !quorumUp && weights >= threshold;
        boolean lost = quorumUp && (weights == 0 || weights < threshold);
        boolean withoutFromStart = start && !quorumUp && !gained && conf.sorryServer() != null && !sorry;
        if (!gained && !lost && !withoutFromStart) {
            sorry &= conf.sorryServer() != null;
            return;
        }
        quorumUp = gained;
        sorry = !gained && conf.sorryServer() != null;
        since = now.wall();
        String sum = conf.quorum() + (gained ? "+" : "-") + conf.hysteresis() + "=" + threshold
                + (gained ? " <= " : " > ") + weights;
        String what = gained
                ? start ? "Starting with quorum up" : "Gained quorum"
                : withoutFromStart ? "Starting with quorum down" : "Lost quorum";
        tellQuorum((gained ? "gained quorum " : withoutFromStart ? "starts without quorum " : "lost quorum ") + sum
                + (sorry ? ": its sorry server serves" : ""),
                "=> " + what + " " + conf.quorum() + "+" + conf.hysteresis() + "=" + threshold + " <= " + weights
                        + " <=");
    }

    private void tell(Member member, String text, @Nullable String mail) {
        tell(conf, member, text, mail);
    }

    private void tell(VirtualServer of, Member member, String text, @Nullable String mail) {
        RealServer server = member.conf();
        boolean up = member.alive();
        notices.accept(new OfServer(of.name(), server.name(of), up, "real server " + server.name(of) + " of "
                + of.name() + " " + text, up ? server.notifyUp() : server.notifyDown(),
                server.smtpAlert() ? mail : null));
    }

    private void tellQuorum(String text, String mail) {
        notices.accept(new OfQuorum(conf.name(), quorumUp, "virtual server " + conf.name() + " " + text,
                quorumUp ? conf.quorumUp() : conf.quorumDown(), conf.smtpAlert() ? mail : null));
    }

    private String name(Member member) {
        return member.conf().name(conf);
    }

    ServiceSettings settings() {
        return new ServiceSettings(conf.scheduler(), conf.flags(), conf.onePacket(), conf.persistence(),
                conf.granularity(), conf.engine(), conf.fullNat().clientAddress());
    }

    /**
     * What the dataplane shall have of its servers in one of its services.
     *
     * @param now   in nanoseconds as of {@link Moment}
     * @param isSet whether it has one now
     */
    Map<ServerAddress, ServerSettings> servers(Service service, long now, Predicate<ServerAddress> isSet) {
        Map<ServerAddress, ServerSettings> wanted = new LinkedHashMap<>();
        for (Member member : members.values()) {
            ServerAddress address = member.addressIn(service);
            if (member.draining()) {
                // One that is not there is not taken in to be drained.
                if (isSet.test(address) && !(member.hand() instanceof Hand.Drained drained && drained.out())) {
                    wanted.put(address, member.quiesced(true));
                }
            } else if (member.serves() && !sorry) {
                wanted.put(address, member.serving(now));
            } else if (member.conf().inhibitOnFailure()) {
                wanted.put(address, member.quiesced(false));
            }
        }
        RealServer other = conf.sorryServer();
        if (other != null && !gone && (sorry || other.inhibitOnFailure())) {
            wanted.putIfAbsent(ServerAddress.of(service, other.address(), other.port(), other.method()),
                    new ServerSettings(other.method(), sorry ? other.weight() : 0, 0, 0, false));
        }
        return wanted;
    }

    /** The checks that its servers want. */
    List<Wanted> checks() {
        List<Wanted> wanted = new ArrayList<>();
        for (Member member : members.values()) {
            for (Map.Entry<CheckKey, Member.Standing> check : member.checks().entrySet()) {
                wanted.add(new Wanted(check.getKey(), check.getValue().check(), conf.services().getFirst(),
                        member.conf()));
            }
        }
        return wanted;
    }
}
