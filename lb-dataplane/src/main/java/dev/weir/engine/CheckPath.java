package dev.weir.engine;

import dev.weir.forward.IcmpError;
import dev.weir.forward.Masquerade;
import dev.weir.port.Port;
import dev.weir.route.NextHop;
import dev.weir.route.Routes;
import dev.weir.service.Forwarding;
import dev.weir.wire.Checksum;
import dev.weir.wire.Ethernet;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Ipv6;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Health checks by the path of clients' packets ({@code check_path vip}). A checker's packets come out of a device, to an
 * address that stands for a virtual address and one server ({@link CheckWay}); they leave as a client's do, forwarded by the
 * server's method, from the director's own address and a port that is nobody else's ({@link CheckEnds}). The answers,
 * which the device gets as well, go back to the checker as if from the address it asked.
 *
 * <p>Checks have an engine of their own, so no worker sees one and no service or server counts one. {@link #process} and
 * {@link #tick} belong to one thread; ways any thread adds and removes.
 */
public final class CheckPath implements AutoCloseable {
    private static final long SECOND = 1_000_000_000L;
    /** Longer than any checker waits for an answer. */
    private static final long IDLE = 120 * SECOND;
    /** While nothing was answered, or the checker sends no more: a SYN sent again begins anew. */
    private static final long UNANSWERED = 5 * SECOND;
    private static final long AFTER_END = 2 * SECOND;
    /** 192.0.2.1 and 2001:db8::1, which are nobody's: the default route's source. */
    private static final long ANYBODY_V4 = IpAddress.mapped(0xc0000201);
    private static final long ANYBODY_HIGH = 0x20010db8_00000000L;

    private final Arena memory = Arena.ofShared();
    private final Map<IpAddress, CheckWay> ways = new ConcurrentHashMap<>();
    private final CheckFlows flows;
    private final Port device;
    private final FrameCounters counters = new FrameCounters();
    private final Hops hops;
    private final Output output;
    private final Packet packet = new Packet();
    private final Packet quoted = new Packet();
    private final Packet inner = new Packet();
    private long nextSecond;

    /**
     * @param device where checkers send and get their answers
     * @param ports  the interfaces opened, to be sent on
     * @param ends   the director's ports for checks
     * @param now    nanoseconds, of the clock that {@link #process} will be told
     */
    public CheckPath(Routes routes, Port device, List<Port> ports, CheckEnds ends, long now) {
        this.device = device;
        PortTable table = new PortTable(ports, ports);
        hops = new Hops(routes, table);
        Hop nowhere = new Hop(0, new NextHop(NextHop.Kind.UNREACHABLE, 0, 0xffff, IpAddress.ANY_V4, null), null);
        output = new Output(memory, table, hops, counters, nowhere, 0, 1);
        flows = new CheckFlows(ends);
        nextSecond = now + SECOND;
    }

    public void add(CheckWay way) {
        ways.put(way.standIn(), way);
    }

    /** What goes on along it ends; its address may be another's soon. */
    public void remove(CheckWay way) {
        ways.remove(way.standIn(), way);
    }

    /** @param burst what came out of the device */
    public void process(Frame[] burst, int count, long now) {
        hops.refresh();
        output.begin(now);
        for (int i = 0; i < count; i++) {
            if (packet.parse(burst[i]) == Packet.Shape.WELL_FORMED && !packet.isFragment()) {
                take(burst[i], now);
            }
        }
        output.flush();
        device.flush();
    }

    /** Timers, between bursts. */
    public void tick(long now) {
        hops.refresh();
        output.begin(now);
        output.releaseWaiting();
        output.flush();
        if (now >= nextSecond) {
            nextSecond = now + SECOND;
            flows.expire(now, ways::containsValue);
        }
    }

    private void take(Frame frame, long now) {
        boolean carried = packet.protocol() == Transport.TCP || packet.protocol() == Transport.UDP;
        CheckWay way = ways.get(new IpAddress(packet.destinationHigh(), packet.destinationLow()));
        if (way != null) {
            if (carried) {
                toServer(frame, way, now);
            }
        } else if (carried) {
            fromServer(frame, now);
        } else if (packet.protocol() == (packet.v4() ? Transport.ICMP : Transport.ICMPV6)
                && IcmpError.isError(packet)) {
            icmpError();
        }
    }

    private void toServer(Frame frame, CheckWay way, long now) {
        Hop hop = hops.towards(way.server().high(), way.server().low());
        CheckFlows.Flow flow = flows.ofChecker(packet);
        if (flow == null) {
            if (packet.protocol() == Transport.TCP && (packet.tcpFlags() & Transport.SYN) == 0) {
                return;
            }
            flow = begin(way, hop, now);
            if (flow == null) {
                return;
            }
        }
        if (!usable(way, hop)) {
            return;
        }
        if ((packet.tcpFlags() & Transport.SYN) != 0 || packet.protocol() == Transport.UDP) {
            way.sent(hop.neighbour());
        }
        expires(flow, packet.tcpFlags(), CheckFlows.CHECKER_ENDED, now);
        countHop();
        destination(frame, way.farAddress(), way.farPort(packet.destinationPort()));
        source(frame, flow.own().address(), flow.own().port());
        if (way.forwarding() instanceof Forwarding.Tunnel) {
            output.sendThrough(frame, packet, hop, hop.mtu(), ServerTunnels.make(way.server(), way.forwarding()), true,
                    1);
        } else {
            output.send(frame, packet, hop, hop.mtu(), 1);
        }
    }

    private CheckFlows.@Nullable Flow begin(CheckWay way, Hop hop, long now) {
        IpAddress own = ownAddress(way, hop);
        if (own == null) {
            way.saw("the director has no address that " + way.server() + " could answer to");
            return null;
        }
        CheckFlows.Flow flow = flows.begin(packet, way, own, now);
        if (flow == null) {
            way.saw("no port of " + own + " is free for a check");
        }
        return flow;
    }

    /** Whom the server answers: the director's address towards it; of another family than a tunnel's, that towards anybody. */
    private @Nullable IpAddress ownAddress(CheckWay way, Hop hop) {
        IpAddress own = hop.route().source();
        boolean v4 = way.farAddress().isV4();
        if (own.isV4() != v4) {
            own = hops.towards(v4 ? 0 : ANYBODY_HIGH, v4 ? ANYBODY_V4 : 1).route().source();
        }
        boolean none = own.isV4() != v4 || !own.isUnicast();
        // Who bears the virtual address itself would answer itself.
        boolean servers = own.equals(way.virtual()) && !way.forwarding().translates();
        return none || servers ? null : own;
    }

    private static boolean usable(CheckWay way, Hop hop) {
        if (hop.kind() == NextHop.Kind.LOCAL) {
            way.saw(way.server() + " is the director itself");
        } else if (hop.kind() == NextHop.Kind.UNREACHABLE) {
            way.saw("no route to " + way.server());
        } else if (hop.port() == null) {
            way.saw("the route to " + way.server() + " leaves by an interface that the director has not opened");
        } else {
            return true;
        }
        return false;
    }

    private void fromServer(Frame frame, long now) {
        CheckFlows.Flow flow = flows.ofServer(packet.protocol(), packet.destinationHigh(), packet.destinationLow(),
                packet.destinationPort());
        if (flow == null) {
            cameBack(frame);
            return;
        }
        CheckWay way = flow.way();
        if (packet.sourceHigh() != way.farAddress().high() || packet.sourceLow() != way.farAddress().low()
                || packet.sourcePort() != way.farPort(flow.askedPort())) {
            way.saw("an answer came from " + new IpAddress(packet.sourceHigh(), packet.sourceLow()) + " port "
                    + packet.sourcePort() + ", not from " + way.farAddress() + " port "
                    + way.farPort(flow.askedPort()));
            return;
        }
        note(way, packet);
        flow.answered();
        expires(flow, packet.tcpFlags(), CheckFlows.SERVER_ENDED, now);
        source(frame, way.standIn(), flow.askedPort());
        destination(frame, flow.checker().address(), flow.checker().port());
        Ethernet.addresses(frame.memory(), frame.start(), device.hardwareAddress(), device.hardwareAddress());
        device.transmit(frame);
    }

    private static void note(CheckWay way, Packet answer) {
        if ((answer.tcpFlags() & Transport.RST) != 0) {
            way.saw(way.server() + " reset it, as " + way.farAddress() + " port " + answer.sourcePort());
        } else if (answer.protocol() == Transport.UDP || (answer.tcpFlags() & Transport.SYN) != 0) {
            way.saw(way.server() + " answered, as " + way.farAddress() + " port " + answer.sourcePort());
        }
    }

    /** A server without the virtual address that forwards packets sends on what it should take. */
    private void cameBack(Frame frame) {
        CheckFlows.Flow flow = flows.ofServer(packet.protocol(), packet.sourceHigh(), packet.sourceLow(),
                packet.sourcePort());
        if (flow != null) {
            flow.way().saw("it came back from MAC " + mac(Ethernet.source(frame.memory(), frame.start())) + ": "
                    + flow.way().server() + " routed it on, for " + flow.way().virtual() + " is not its address");
        }
    }

    private static String mac(long address) {
        StringBuilder text = new StringBuilder();
        for (int shift = 40; shift >= 0; shift -= 8) {
            text.append(String.format(Locale.ROOT, shift == 40 ? "%02x" : ":%02x", address >>> shift & 0xff));
        }
        return text.toString();
    }

    private void icmpError() {
        long end = packet.ip() + packet.ipLength();
        if (quoted.parseEmbedded(packet.memory(), packet.transport() + Transport.ICMP_HEADER_LENGTH,
                end) != Packet.Shape.WELL_FORMED || quoted.fragmentOffset() != 0) {
            return;
        }
        CheckFlows.Flow flow = sent(quoted);
        if (flow == null && TunnelQuote.parse(quoted, inner, end)) {
            flow = sent(inner);
        }
        if (flow != null) {
            flow.way().saw("ICMP " + IcmpText.of(packet) + " from "
                    + new IpAddress(packet.sourceHigh(), packet.sourceLow()));
        }
    }

    private CheckFlows.@Nullable Flow sent(Packet sent) {
        return flows.ofServer(sent.protocol(), sent.sourceHigh(), sent.sourceLow(), sent.sourcePort());
    }

    private static void expires(CheckFlows.Flow flow, int tcpFlags, int side, long now) {
        if ((tcpFlags & Transport.RST) != 0) {
            flow.ended(CheckFlows.CHECKER_ENDED | CheckFlows.SERVER_ENDED);
        } else if ((tcpFlags & Transport.FIN) != 0) {
            flow.ended(side);
        }
        flow.expires(now + (flow.isOver() ? AFTER_END : flow.isPending() ? IDLE : UNANSWERED));
    }

    private void countHop() {
        if (packet.v4()) {
            Ipv4.decrementTtl(packet.memory(), packet.ip());
        } else {
            Ipv6.hopLimit(packet.memory(), packet.ip(), packet.ttl() - 1);
        }
    }

    private void destination(Frame frame, IpAddress address, int port) {
        int before = Checksum.ofAddress(packet.destinationHigh(), packet.destinationLow());
        int after = Checksum.ofAddress(address.high(), address.low());
        Masquerade.toServer(frame, packet, address.high(), address.low(), port, Checksum.delta(before, after),
                delta(before, packet.destinationPort(), after, port));
    }

    private void source(Frame frame, IpAddress address, int port) {
        int before = Checksum.ofAddress(packet.sourceHigh(), packet.sourceLow());
        int after = Checksum.ofAddress(address.high(), address.low());
        Masquerade.toClient(frame, packet, address.high(), address.low(), port, Checksum.delta(before, after),
                delta(before, packet.sourcePort(), after, port));
    }

    private static int delta(int before, int portBefore, int after, int port) {
        return Checksum.delta(Checksum.fold((long) before + portBefore), Checksum.fold((long) after + port));
    }

    @Override
    public void close() {
        memory.close();
    }
}
