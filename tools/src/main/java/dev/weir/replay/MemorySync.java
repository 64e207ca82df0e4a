package dev.weir.replay;

import dev.weir.engine.Engines;
import dev.weir.engine.Sysctl;
import dev.weir.ipvsadm.SyncDaemon;
import dev.weir.ipvsadm.SyncDaemons;
import dev.weir.sync.Backup;
import dev.weir.sync.Master;
import dev.weir.sync.Role;
import dev.weir.wire.Bytes;
import dev.weir.wire.Checksum;
import dev.weir.wire.Ethernet;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Ipv4;
import dev.weir.wire.Ipv6;
import dev.weir.wire.Packet;
import dev.weir.wire.Transport;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The daemons of synchronisation of a director in memory: datagrams are frames on a link. One thread uses it. */
final class MemorySync implements SyncDaemons.Runner {
    private static final int ANY_PORT = 0xc000;
    private static final long IPV4_GROUP = 0x0100_5e00_0000L;
    private static final long IPV6_GROUP = 0x3333_0000_0000L;
    private static final int TAKEN = 4096;

    private final Engines engines;
    private final Topology topology;
    private final List<FrameHex> sent = new ArrayList<>();
    private int ports;
    private @Nullable Sending sending;
    private @Nullable Listening listening;

    private record Sending(SyncDaemon daemon, Master master, Topology.Link link) {
    }

    private record Listening(SyncDaemon daemon, Backup backup) {
    }

    MemorySync(Engines engines, Topology topology) {
        this.engines = engines;
        this.topology = topology;
    }

    @Override
    public void start(Role role, SyncDaemon daemon) {
        if (sending == null && listening == null) {
            ports = (int) Math.min(engines.settings().value(Sysctl.SYNC_PORTS), Master.MOST_PORTS);
        }
        switch (role) {
            case MASTER -> {
                Topology.Link link = topology.links().stream().filter(each -> each.name().equals(daemon.network()))
                        .findFirst().orElseThrow();
                sending = new Sending(daemon, new Master(daemon.syncId(), daemon.maxLength(), ports), link);
                engines.synchronisation().tell(true);
            }
            case BACKUP -> {
                listening = new Listening(daemon, new Backup(daemon.syncId(), copy -> {
                    if (!engines.synchronisation().give(copy)) {
                        throw new IllegalStateException("more connections at once than a worker has room for");
                    }
                }));
                engines.backup(true);
            }
        }
    }

    @Override
    public void stop(Role role) {
        switch (role) {
            case MASTER -> {
                engines.synchronisation().tell(false);
                sending = null;
            }
            case BACKUP -> {
                engines.backup(false);
                listening = null;
            }
        }
    }

    /** What workers told is taken, and what is due is sent. */
    void tick(long now) {
        Sending running = sending;
        engines.synchronisation().take(TAKEN, copy -> {
            if (running != null) {
                running.master.add(copy, (int) engines.settings().value(Sysctl.SYNC_VERSION),
                        (int) Math.min(engines.settings().value(Sysctl.SYNC_QLEN_MAX), Integer.MAX_VALUE), now);
            }
        });
        if (running != null) {
            running.master.send((port, datagram) -> {
                sent.add(FrameHex.of(running.link.name(), frame(running, port, datagram)));
                return true;
            }, now);
        }
    }

    List<FrameHex> takeSent() {
        List<FrameHex> taken = List.copyOf(sent);
        sent.clear();
        return taken;
    }

    /** A frame that was left to the host. @return whether it was a datagram for the backup */
    boolean receive(String link, byte[] handedBack) {
        Listening running = listening;
        if (running == null || !link.equals(running.daemon.network())) {
            return false;
        }
        Frame frame = new Frame();
        frame.set(MemorySegment.ofArray(handedBack), 0, handedBack.length, 0);
        Packet packet = new Packet();
        if (packet.parse(frame) != Packet.Shape.WELL_FORMED || packet.protocol() != Transport.UDP
                || packet.isFragment()) {
            return false;
        }
        IpAddress to = new IpAddress(packet.destinationHigh(), packet.destinationLow());
        int port = packet.destinationPort() - running.daemon.port();
        if (!to.equals(running.daemon.group()) || port < 0 || port >= ports) {
            return false;
        }
        long from = packet.transport() + Transport.UDP_HEADER_LENGTH;
        int length = Math.min(packet.transportLength() - Transport.UDP_HEADER_LENGTH, running.daemon.maxLength());
        running.backup.receive(packet.memory().asSlice(from, length), length);
        return true;
    }

    private static byte[] frame(Sending sending, int port, ByteBuffer datagram) {
        SyncDaemon daemon = sending.daemon;
        boolean v4 = daemon.group().isV4();
        int udp = Ethernet.HEADER_LENGTH + (v4 ? Ipv4.HEADER_LENGTH : Ipv6.HEADER_LENGTH);
        int udpLength = Transport.UDP_HEADER_LENGTH + datagram.remaining();
        byte[] bytes = new byte[udp + udpLength];
        MemorySegment memory = MemorySegment.ofArray(bytes);
        datagram.get(bytes, udp + Transport.UDP_HEADER_LENGTH, datagram.remaining());
        IpAddress source = sending.link.addresses().stream().map(Topology.Prefix::address)
                .filter(address -> address.isV4() == v4).findFirst().orElseThrow();
        IpAddress group = daemon.group();
        Ethernet.addresses(memory, 0,
                v4 ? IPV4_GROUP | group.low() & 0x7f_ffff : IPV6_GROUP | group.low() & 0xffff_ffffL,
                sending.link.hardwareAddress());
        Ethernet.type(memory, 0, v4 ? Ethernet.IPV4 : Ethernet.IPV6);
        if (v4) {
            Ipv4.write(memory, Ethernet.HEADER_LENGTH, 0, Ipv4.HEADER_LENGTH + udpLength, 0, 0, daemon.ttl(),
                    Transport.UDP, source.v4Bits(), group.v4Bits());
        } else {
            Ipv6.write(memory, Ethernet.HEADER_LENGTH, 0, udpLength, Transport.UDP, daemon.ttl(), source.high(),
                    source.low(), group.high(), group.low());
        }
        Transport.sourcePort(memory, udp, ANY_PORT);
        Transport.destinationPort(memory, udp, daemon.port() + port);
        Transport.udpLength(memory, udp, udpLength);
        int pseudo = Checksum.pseudoHeader(Checksum.ofAddress(source.high(), source.low()),
                Checksum.ofAddress(group.high(), group.low()), Transport.UDP, udpLength);
        Bytes.u16(memory, udp + Transport.UDP_CHECKSUM,
                Checksum.of(Checksum.fold((long) pseudo + Checksum.sum(memory, udp, udpLength))));
        return bytes;
    }
}
