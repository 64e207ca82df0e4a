package dev.weir.lvs;

import dev.weir.check.Checked;
import dev.weir.conf.VirtualServer.Service;
import dev.weir.lvs.Balancer.Present;
import dev.weir.lvs.Balancer.PresentServer;
import dev.weir.lvs.Operator.CheckStatus;
import dev.weir.lvs.Operator.ServerState;
import dev.weir.lvs.Operator.ServerStatus;
import dev.weir.lvs.Operator.ServiceStatus;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is known of virtual servers, for who asks. */
final class Statuses {
    private Statuses() {
    }

    static List<ServiceStatus> of(Collection<Pool> pools, Map<Service, Present> present, Set<String> suspended) {
        return pools.stream().map(pool -> new ServiceStatus(pool.conf().name(), pool.conf().scheduler(),
                pool.quorumUp(), pool.since(),
                pool.members().stream().filter(Member::serves).mapToLong(Member::weight).sum(), pool.conf().quorum(),
                pool.sorry(), suspended.contains(pool.conf().id()),
                pool.members().stream().map(member -> of(pool, member, present)).toList())).toList();
    }

    private static ServerStatus of(Pool pool, Member member, Map<Service, Present> present) {
        List<PresentServer> there = pool.conf().services().stream().flatMap(service -> {
            Present one = present.get(service);
            return Stream.ofNullable(one == null ? null : one.servers().get(member.addressIn(service)));
        }).toList();
        Hand hand = member.hand();
        return new ServerStatus(member.conf().name(pool.conf()), state(member), why(member),
                hand != null && !(hand instanceof Hand.Weight) ? hand.since() : member.since(),
                there.isEmpty() ? 0 : there.getFirst().weight(), member.conf().weight(),
                there.stream().mapToLong(PresentServer::active).sum(),
                there.stream().mapToLong(PresentServer::inactive).sum(), byHand(hand),
                member.checks().values().stream().map(Statuses::of).toList());
    }

    private static ServerState state(Member member) {
        if (member.hand() instanceof Hand.Disabled
                || member.hand() instanceof Hand.Drained drained && drained.out()) {
            return ServerState.DISABLED;
        }
        if (member.draining()) {
            return ServerState.DRAINING;
        }
        return member.alive() ? ServerState.UP : ServerState.DOWN;
    }

    private static String why(Member member) {
        if (member.leaving()) {
            return "the file has it no more";
        }
        if (member.hand() instanceof Hand.Drained drained) {
            return drained.out() ? "drained by hand" : "by hand, until its connections have ended";
        }
        if (member.hand() instanceof Hand.Disabled) {
            return "by hand";
        }
        if (member.checks().isEmpty()) {
            return "it has no checks";
        }
        return member.alive()
                ? "all checks succeed"
                : member.checks().values().stream().filter(check -> !check.up())
                        .map(check -> check.check().kind() + ": " + detail(check.last()))
                        .collect(Collectors.joining("; "));
    }

    private static String detail(@Nullable Checked last) {
        return last == null ? "has not run yet" : last.outcome().detail();
    }

    private static @Nullable String byHand(@Nullable Hand hand) {
        return switch (hand) {
            case null -> null;
            case Hand.Disabled _ -> "disable";
            case Hand.Drained _ -> "drain";
            case Hand.Weight weight -> "weight " + weight.weight();
        };
    }

    private static CheckStatus of(Member.Standing check) {
        Checked last = check.last();
        return last == null
                ? new CheckStatus(check.check().kind(), check.up(), null, null, Duration.ZERO, 0)
                : new CheckStatus(check.check().kind(), check.up(), last.outcome().detail(), last.at(), last.took(),
                        last.failures());
    }

    /** What a server is now. */
    static String inWords(Pool pool, Member member) {
        return switch (state(member)) {
            case UP -> pool.sorry() ? "up, while the sorry server stands in" : "up, weight " + member.weight();
            case DOWN -> "down: " + why(member);
            case DRAINING -> "draining";
            case DISABLED -> "out of service";
        };
    }
}
