package dev.weir.vrrp.transport;

import dev.weir.conf.Network.Vmac;
import dev.weir.conf.VrrpInstance;
import dev.weir.conf.VrrpInstance.AuthenticationHeader;
import dev.weir.conf.VrrpInstance.Multicast;
import dev.weir.conf.VrrpInstance.Unicast;
import dev.weir.sys.Epoll;
import dev.weir.sys.RawSocket;
import dev.weir.sys.SystemException;
import dev.weir.vrrp.address.Device;
import dev.weir.vrrp.address.Interfaces;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets of a set of instances. The VRRP thread calls it; nothing here waits.
 *
 * <pre>
 *   transport.configure(instances, interfaces)     at the start, after a reload, and when an interface changed
 *   transport.send(instance, source, peer, packet, length)
 *   when descriptor() is readable: transport.receive(packet -> ...)
 * </pre>
 *
 * All instances of an interface that listen to the same group share a socket, which lets only packets of their virtual
 * routers through; so other routers on the link cost nothing.
 */
public final class Transport implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Transport.class);
    private static final int VRRP = 112;
    private static final int AUTHENTICATION_HEADER = 51;
    /** Where the virtual router's number stands: behind version and type, and behind an AH of 24 bytes. */
    private static final int ROUTER_AT = 1;
    private static final int ROUTER_UNDER_AH = 25;
    private static final int LONGEST = 65_536;
    /** Packets of one socket between two looks at the others. */
    private static final int AT_ONCE = 64;

    private final Epoll epoll = new Epoll();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(LONGEST, 8);
    private final Map<Listening, Receiver> receivers = new LinkedHashMap<>();
    private final Map<Sending, RawSocket> senders = new HashMap<>();
    private final Map<String, Sending> ways = new HashMap<>();
    private final Set<String> silent = new HashSet<>();
    private final Set<String> strange = new HashSet<>();
    private boolean hearsAll;

    /**
     * What a receiving socket is for.
     *
     * @param index of the interface, 0: any
     * @param local the group or own address that packets are to; null: any address of the host
     */
    private record Listening(String device, int index, boolean six, int protocol, boolean group,
            @Nullable IpAddress local) {
    }

    private record Sending(String device, int index, boolean six, int hops) {
    }

    private record Receiver(RawSocket socket, Set<Integer> routers) {
    }

    /**
     * A packet that came, good until the next is taken.
     *
     * @param device that it came on, as instances name it or its virtual interface; "" where they name none
     * @param ttl    time to live or hop limit, -1: not known
     * @param bytes  over IPv4 with its IP header, over IPv6 the VRRP message alone
     */
    public record Packet(String device, IpAddress source, IpAddress destination, int ttl, MemorySegment bytes) {
    }

    /** Takes packets, in the order in which they came on their interface. */
    @FunctionalInterface
    public interface Receiving {
        void take(Packet packet);
    }

    public Transport() throws SystemException {
    }

    /** Whether packets of strange virtual routers are handed over, too; from the next {@link #configure} on. */
    public void hearAll(boolean all) {
        hearsAll = all;
    }

    /**
     * Opens and closes sockets until they are those that the instances need; those that stay lose no packet. An interface
     * that is not there has none until this is called again.
     */
    public void configure(Collection<VrrpInstance> instances, Interfaces interfaces) {
        Map<Listening, Set<Integer>> listening = new LinkedHashMap<>();
        Map<Listening, Integer> buffers = new HashMap<>();
        ways.clear();
        for (VrrpInstance instance : instances) {
            Function<String, @Nullable Device> found = interfaces::named;
            String base = instance.link();
            Device device = base == null ? null : found.apply(base);
            if (base != null && device != null && base.equals(instance.network().vrf())
                    && !device.kind().equals("vrf") && strange.add(base)) {
                LOG.warn("{}: {} is no VRF but an interface, and its adverts go by that alone", instance.name(), base);
            }
            if (base == null || device != null) {
                List<Listening> all = new ArrayList<>();
                all.add(listening(instance, base == null ? "" : base, device == null ? 0 : device.index()));
                // What another router sends from the same virtual MAC comes to the virtual interface alone.
                Device virtual = instance.vmac() == null ? null : found.apply(instance.vmac());
                if (virtual != null && instance.transport() instanceof Multicast) {
                    all.add(listening(instance, virtual.name(), virtual.index()));
                }
                for (Listening wanted : all) {
                    listening.computeIfAbsent(wanted, _ -> new TreeSet<>()).add(instance.virtualRouterId());
                    buffers.merge(wanted, instance.network().receiveBuffer(), Math::max);
                }
                way(instance, device, found);
            }
        }
        receivers.entrySet().removeIf(entry -> !listening.containsKey(entry.getKey())
                && closed(entry.getValue().socket()));
        senders.entrySet().removeIf(entry -> !ways.containsValue(entry.getKey()) && closed(entry.getValue()));
        // No numbers: no filter.
        listening.forEach((wanted, routers) -> listen(wanted, hearsAll ? Set.of() : routers,
                buffers.getOrDefault(wanted, 0)));
        silent.retainAll(ways.keySet());
    }

    private static Listening listening(VrrpInstance instance, String device, int index) {
        boolean ah = instance.authentication() instanceof AuthenticationHeader;
        int protocol = ah ? AUTHENTICATION_HEADER : VRRP;
        return switch (instance.transport()) {
            case Multicast(IpAddress group) -> new Listening(device, index, instance.six(), protocol, true, group);
            case Unicast _ -> new Listening(device, index, instance.six(), protocol, false, instance.source());
        };
    }

    /** @param base its interface or VRF */
    private void way(VrrpInstance instance, @Nullable Device base, Function<String, @Nullable Device> found) {
        boolean onBase = instance.network().virtualInterface() instanceof Vmac vmac && vmac.transmitFromBase();
        Device device = instance.vmac() == null || onBase ? base : found.apply(instance.vmac());
        if (device != null || instance.vmac() == null) {
            int hops = instance.transport() instanceof Unicast unicast ? unicast.ttl() : 255;
            ways.put(instance.name(), new Sending(device == null ? "" : device.name(),
                    device == null ? 0 : device.index(), instance.six(), hops));
        }
    }

    /** Epoll forgets it by itself. */
    private static boolean closed(RawSocket socket) {
        socket.close();
        return true;
    }

    private void listen(Listening wanted, Set<Integer> routers, int buffer) {
        Receiver receiver = receivers.get(wanted);
        try {
            if (receiver == null) {
                receiver = new Receiver(open(wanted, routers, buffer), routers);
                receivers.put(wanted, receiver);
                epoll.add(receiver.socket().descriptor());
            } else if (!receiver.routers().equals(routers)) {
                filter(receiver.socket(), wanted, routers);
                receivers.put(wanted, new Receiver(receiver.socket(), routers));
            }
        } catch (SystemException e) {
            LOG.warn("adverts on {} are not heard: {}", wanted.device().isEmpty() ? "any interface" : wanted.device(),
                    e.getMessage());
        }
    }

    private static RawSocket open(Listening wanted, Set<Integer> routers, int buffer) throws SystemException {
        RawSocket socket = RawSocket.open(wanted.six(), wanted.protocol(),
                "VRRP on " + (wanted.device().isEmpty() ? "any interface" : wanted.device()));
        try {
            // The filter first: what came before it would be another's.
            filter(socket, wanted, routers);
            if (!wanted.device().isEmpty()) {
                socket.device(wanted.device());
            }
            socket.receiveBuffer(buffer);
            if (wanted.local() != null) {
                if (wanted.group()) {
                    socket.join(wanted.local(), wanted.index());
                    socket.bind(wanted.local(), wanted.index());
                } else {
                    bindIfThere(socket, wanted);
                }
            }
            return socket;
        } catch (SystemException e) {
            socket.close();
            throw e;
        }
    }

    /** A source that is not there yet may come: until then any address of the host does. */
    private static void bindIfThere(RawSocket socket, Listening wanted) throws SystemException {
        try {
            socket.bind(Objects.requireNonNull(wanted.local()), wanted.index());
        } catch (SystemException e) {
            if (e.errno() != SystemException.EADDRNOTAVAIL) {
                throw e;
            }
            LOG.info("{} is no address of this host yet", wanted.local());
        }
    }

    private static void filter(RawSocket socket, Listening wanted, Set<Integer> routers) throws SystemException {
        if (routers.isEmpty()) {
            socket.takeAll();
            return;
        }
        int[] values = routers.stream().limit(200).mapToInt(Integer::intValue).toArray();
        if (routers.size() == values.length) {
            socket.filter(!wanted.six(), wanted.protocol() == VRRP ? ROUTER_AT : ROUTER_UNDER_AH, values);
        }
    }

    /**
     * Sends a packet of an instance.
     *
     * @param source      over IPv4 it stands in the packet
     * @param destination the group, or one of the peers
     * @param packet      as {@link Packet} has it
     * @return false where it could not be sent, which is told of once until one goes out again
     */
    public boolean send(VrrpInstance instance, IpAddress source, IpAddress destination, MemorySegment packet,
            long length) {
        Sending way = ways.get(instance.name());
        try {
            if (way == null) {
                throw new IOException("its interface is not there");
            }
            RawSocket socket = senders.get(way);
            if (socket == null) {
                socket = open(way);
                senders.put(way, socket);
            }
            socket.send(source, way.index(), destination, packet, length);
            silent.remove(instance.name());
            return true;
        } catch (IOException e) {
            if (silent.add(instance.name())) {
                LOG.warn("{}: an advert was not sent: {}", instance.name(), e.getMessage());
            }
            return false;
        }
    }

    private static RawSocket open(Sending way) throws SystemException {
        RawSocket socket = RawSocket.open(way.six(), VRRP, "adverts");
        try {
            // It only sends: nothing is to pile up in it.
            socket.filter(false, 0);
            socket.sendForeign();
            socket.unicastHops(way.hops());
            if (way.index() != 0) {
                socket.device(way.device());
                socket.sendGroupsOn(way.index());
            }
            return socket;
        } catch (SystemException e) {
            socket.close();
            throw e;
        }
    }

    /** Readable where {@link #receive} has something to do; the same for as long as this is open. */
    public int descriptor() {
        return epoll.descriptor();
    }

    /** Hands over what has come. */
    public void receive(Receiving receiving) {
        receivers.forEach((wanted, receiver) -> {
            RawSocket socket = receiver.socket();
            try {
                int length = 0;
                for (int i = 0; i < AT_ONCE && (length = socket.receive(buffer)) >= 0; i++) {
                    receiving.take(new Packet(wanted.device(), socket.source(), socket.destination(),
                            socket.hopLimit(), buffer.asSlice(0, length)));
                }
            } catch (SystemException e) {
                // ENETDOWN is noted on a socket when its interface goes down, and told of by the interface itself.
                if (e.errno() != SystemException.ENETDOWN) {
                    LOG.warn("{}", e.getMessage());
                }
            }
        });
    }

    @Override
    public void close() {
        receivers.values().forEach(receiver -> receiver.socket().close());
        receivers.clear();
        senders.values().forEach(RawSocket::close);
        senders.clear();
        epoll.close();
        arena.close();
    }
}
