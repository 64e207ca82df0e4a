package dev.weir.route;

import dev.weir.sys.Netlink;
import dev.weir.sys.NetlinkMessage;
import dev.weir.sys.NetlinkRequest;
import dev.weir.sys.Wakeup;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jctools.queues.varhandle.MpscVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The host's routing as the kernel has it, followed through rtnetlink by a thread of its own.
 *
 * <p>Neighbours change often and are followed one by one. Of links, addresses and routes any notification only says
 * that something changed, and all of them are read anew: the kernel drops IPv4 routes of a link that goes down without a
 * word, and tells of routes with several hops in ways that differ between versions, so a second copy of its rules would
 * drift. Reading costs at most a fifth of the thread's time, however fast routes flap.
 */
public final class NetlinkMirror implements Routes, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NetlinkMirror.class);
    private static final int RTM_NEWLINK = 16;
    private static final int RTM_GETLINK = 18;
    private static final int RTM_GETADDR = 22;
    private static final int RTM_GETROUTE = 26;
    private static final int RTM_NEWNEIGH = 28;
    private static final int RTM_DELNEIGH = 29;
    private static final int RTM_GETNEIGH = 30;
    private static final int RTM_GETRULE = 34;
    /** Links, neighbours, IPv4 addresses, routes and rules, IPv6 addresses, routes and rules. */
    private static final int[] GROUPS = {1, 3, 5, 7, 8, 9, 11, 19};
    private static final int NUD_NONE = 0;
    private static final int NUD_PROBE = 0x10;
    private static final int NTF_USE = 1;
    /** Different things not followed that are told of. */
    private static final int LOGGED = 32;
    private static final int DUMP_ATTEMPTS = 20;
    private static final int SOLICITATIONS = 1024;
    private static final long HOLD_NANOS = 200_000_000;
    private static final long PROBE_NANOS = 3_000_000_000L;
    private static final int REST_PER_DUMP = 4;

    private final RouteTable table = new RouteTable();
    private final RouteMessages messages = new RouteMessages(this::notFollowed);
    private final Set<String> logged = new HashSet<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final MpscVarHandleArrayQueue<Neighbour> asked = new MpscVarHandleArrayQueue<>(SOLICITATIONS);
    /** Asked for a moment ago: they count as asked until the hold is over, so a burst of packets asks once. */
    private final List<Neighbour> held = new ArrayList<>();
    private final Wakeup wakeup = new Wakeup();
    private final Netlink requests = Netlink.forRequests();
    private final Thread thread;
    private Netlink following = Netlink.following(GROUPS);
    private boolean outOfDate;
    private long nextDump;
    private long heldSince;
    private long lastProbe = System.nanoTime();
    /** The halves of addresses, one after the other. */
    private volatile long[] expected = {};
    private volatile boolean closed;

    private NetlinkMirror() throws IOException {
        thread = Thread.ofPlatform().name("weir-routes").daemon().unstarted(this::run);
    }

    /** Reads the host's routing and follows it from then on; every look-up is answered at once. */
    public static NetlinkMirror open() throws IOException {
        NetlinkMirror mirror = new NetlinkMirror();
        mirror.dumpNeighbours();
        mirror.dumpRouting();
        mirror.thread.start();
        return mirror;
    }

    @Override
    public int generation() {
        return table.generation();
    }

    @Override
    public NextHop lookup(int mark, long high, long low) {
        return table.lookup(mark, high, low);
    }

    @Override
    public boolean isLocal(int mark, long high, long low) {
        return table.isLocal(mark, high, low) || isExpected(high, low);
    }

    private boolean isExpected(long high, long low) {
        long[] addresses = expected;
        for (int i = 0; i < addresses.length; i += 2) {
            if (addresses[i] == high && addresses[i + 1] == low) {
                return true;
            }
        }
        return false;
    }

    /**
     * Addresses that are about to be the host's count as its own from now on, and those of the call before no more: the kernel
     * tells of them only once it has them, and packets may be here by then. Any thread.
     */
    public void expect(Set<IpAddress> addresses) {
        expected = addresses.stream().flatMapToLong(address -> LongStream.of(address.high(), address.low())).toArray();
    }

    @Override
    public void solicit(Neighbour neighbour) {
        if (!neighbour.claim()) {
            return;
        }
        if (asked.offer(neighbour)) {
            wakeup.signal();
        } else {
            neighbour.unclaim();
        }
    }

    public Collection<Link> links() {
        return table.links();
    }

    /** See {@link RouteTable#localPrefixes}; those that are expected are among them. */
    public Set<IpPrefix> localPrefixes() {
        long[] addresses = expected;
        Set<IpPrefix> prefixes = new HashSet<>(table.localPrefixes());
        for (int i = 0; i < addresses.length; i += 2) {
            prefixes.add(IpPrefix.host(new IpAddress(addresses[i], addresses[i + 1])));
        }
        return prefixes;
    }

    /** See {@link RouteTable#markedDeliveries}. */
    public Set<MarkedDelivery> markedDeliveries() {
        return table.markedDeliveries();
    }

    /** Calls {@code listener} in the mirror's thread whenever links, addresses or routes have changed. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    @Override
    public void close() {
        closed = true;
        wakeup.signal();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        following.close();
        requests.close();
        wakeup.close();
    }

    private void run() {
        while (!closed) {
            try {
                step();
            } catch (IOException | RuntimeException e) {
                LOG.warn("following routes and neighbours failed, starting over in a second", e);
                startOver();
            }
        }
    }

    private void step() throws IOException {
        following.await(wakeup, timeout());
        wakeup.clear();
        if (!following.notifications(this::follow)) {
            LOG.info("changes of routes or neighbours came faster than they were read; reading all of them anew");
            dumpNeighbours();
            outOfDate = true;
        }
        long now = System.nanoTime();
        release(now);
        for (Neighbour neighbour = asked.poll(); neighbour != null; neighbour = asked.poll()) {
            ask(neighbour, NTF_USE, NUD_NONE);
            heldSince = held.isEmpty() ? now : heldSince;
            held.add(neighbour);
        }
        if (now - lastProbe > PROBE_NANOS) {
            lastProbe = now;
            table.neighbours().purge();
            for (Neighbour neighbour : table.neighbours().staleInUse()) {
                ask(neighbour, 0, NUD_PROBE);
            }
        }
        if (outOfDate && now - nextDump >= 0) {
            dumpRouting();
        }
    }

    private int timeout() {
        long now = System.nanoTime();
        long wait = PROBE_NANOS - (now - lastProbe);
        if (!held.isEmpty()) {
            wait = Math.min(wait, HOLD_NANOS - (now - heldSince));
        }
        if (outOfDate) {
            wait = Math.min(wait, nextDump - now);
        }
        return (int) Math.max(0, wait / 1_000_000 + 1);
    }

    private void release(long now) {
        if (!held.isEmpty() && now - heldSince >= HOLD_NANOS) {
            held.forEach(Neighbour::unclaim);
            held.clear();
        }
    }

    private void follow(NetlinkMessage message) throws IOException {
        if (message.type() == RTM_NEWNEIGH || message.type() == RTM_DELNEIGH) {
            RouteMessages.NeighbourMessage change = messages.neighbour(message, message.type() == RTM_DELNEIGH);
            if (change != null) {
                table.neighbours().changed(change.key().address(), change.key().interfaceIndex(), change.state());
            }
        } else if (message.type() >= RTM_NEWLINK) {
            outOfDate = true;
        }
    }

    /**
     * Asks the kernel to resolve or to probe. One that it refuses (the link has gone down under way) stays as it is,
     * and will be asked for again by the next packet to it.
     */
    private void ask(Neighbour neighbour, int flags, int state) {
        boolean resolved = neighbour.hardwareAddress() != Neighbour.UNRESOLVED;
        if (flags == NTF_USE && resolved) {
            return;
        }
        IpAddress address = neighbour.address();
        NetlinkRequest request = new NetlinkRequest(RTM_NEWNEIGH, NetlinkRequest.REPLACE
                | (resolved ? 0 : NetlinkRequest.CREATE))
                .u8(address.isV4() ? RouteMessages.AF_INET : RouteMessages.AF_INET6).u8(0).u16(0)
                .u32(neighbour.interfaceIndex()).u16(state).u8(flags).u8(0)
                .attribute(1, address.bytes());
        try {
            requests.request(request, "ip neighbour of " + address + " on interface " + neighbour.interfaceIndex());
        } catch (IOException e) {
            LOG.debug("not resolved: {}", e.getMessage());
        }
    }

    private void dumpRouting() throws IOException {
        long began = System.nanoTime();
        List<Link> links = new ArrayList<>();
        List<Address> addresses = new ArrayList<>();
        List<Route> routes = new ArrayList<>();
        List<RoutingRule> rules = new ArrayList<>();
        consistently(() -> {
            links.clear();
            addresses.clear();
            routes.clear();
            rules.clear();
            boolean same = requests.dump(new NetlinkRequest(RTM_GETLINK, 0).u8(0).u8(0).u16(0).u32(0).u32(0).u32(0),
                    message -> links.add(messages.link(message)));
            same &= requests.dump(new NetlinkRequest(RTM_GETADDR, 0).u32(0).u32(0),
                    message -> addIfFollowed(messages.address(message), addresses));
            for (int family : new int[]{RouteMessages.AF_INET, RouteMessages.AF_INET6}) {
                same &= requests.dump(new NetlinkRequest(RTM_GETRULE, 0).u8(family).u8(0).u16(0).u32(0).u32(0),
                        message -> addIfFollowed(messages.rule(message), rules));
                Set<Integer> tables = rules.stream().map(RoutingRule::table).collect(Collectors.toSet());
                same &= requests.dump(new NetlinkRequest(RTM_GETROUTE, 0).u8(family).u8(0).u16(0).u32(0).u32(0),
                        message -> addIfFollowed(messages.route(message, tables), routes));
            }
            return same;
        });
        outOfDate = false;
        long took = System.nanoTime() - began;
        nextDump = System.nanoTime() + REST_PER_DUMP * took;
        if (table.replace(links, addresses, routes, rules)) {
            listeners.forEach(Runnable::run);
        }
    }

    private void dumpNeighbours() throws IOException {
        Set<Neighbours.Key> dumped = new HashSet<>();
        consistently(() -> requests.dump(new NetlinkRequest(RTM_GETNEIGH, 0).u32(0).u32(0).u32(0), message -> {
            RouteMessages.NeighbourMessage entry = messages.neighbour(message, false);
            if (entry != null) {
                dumped.add(entry.key());
                table.neighbours().changed(entry.key().address(), entry.key().interfaceIndex(), entry.state());
            }
        }));
        table.neighbours().retain(dumped);
    }

    private interface Dump {
        boolean consistent() throws IOException;
    }

    /** Repeats a dump that changes have run through. After many in a row the last one stands: a change is coming anyway. */
    private static void consistently(Dump dump) throws IOException {
        for (int i = 0; i < DUMP_ATTEMPTS; i++) {
            if (dump.consistent()) {
                return;
            }
        }
    }

    private static <T> void addIfFollowed(@Nullable T found, List<T> to) {
        if (found != null) {
            to.add(found);
        }
    }

    private void notFollowed(String what) {
        if (logged.size() < LOGGED && logged.add(what)) {
            LOG.warn(
                    "not followed: {}. Weir routes by rules that ask a table for all packets or for those of a firewall mark.",
                    what);
        }
    }

    private void startOver() {
        try {
            Thread.sleep(1000);
            Netlink fresh = Netlink.following(GROUPS);
            following.close();
            following = fresh;
            dumpNeighbours();
            outOfDate = true;
        } catch (IOException e) {
            LOG.warn("cannot follow routes and neighbours", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closed = true;
        }
    }
}
