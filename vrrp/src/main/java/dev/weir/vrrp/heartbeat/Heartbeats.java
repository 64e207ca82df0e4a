package dev.weir.vrrp.heartbeat;

import dev.weir.conf.SplitBrain;
import dev.weir.conf.VrrpInstance;
import dev.weir.sys.Epoll;
import dev.weir.sys.SystemException;
import dev.weir.sys.UdpSocket;
import dev.weir.vrrp.address.Interfaces;
import dev.weir.vrrp.heartbeat.Acquaintance.Verdict;
import dev.weir.vrrp.machine.Event;
import dev.weir.vrrp.machine.Heartbeat;
import dev.weir.vrrp.machine.State;
import dev.weir.wire.IpAddress;
import java.security.SecureRandom;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries heartbeats. The VRRP thread calls it; nothing here waits.
 *
 * <pre>
 *   heartbeats.configure(instances, interfaces)   at the start, after a reload, and when an interface changed
 *   heartbeats.send(instance, heartbeat)          as the machine says
 *   when descriptor() is readable: heartbeats.receive(now, event -> ...)
 * </pre>
 */
public final class Heartbeats implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Heartbeats.class);
    private static final int AT_ONCE = 64;
    /** A fault that lasts is said once, and again after each so many datagrams. */
    private static final long SAID_EACH = 1000;

    private final long session = draw();
    private final Epoll epoll = new Epoll();
    private final Map<Way, UdpSocket> sockets = new HashMap<>();
    private final Map<Peer, Acquaintance> acquaintances = new HashMap<>();
    private final Map<String, VrrpInstance> instances = new LinkedHashMap<>();
    private final Map<String, Heartbeat> last = new HashMap<>();
    private final Map<IpAddress, Long> rejected = new HashMap<>();
    private final Set<Peer> silent = new HashSet<>();
    private Map<String, Integer> devices = Map.of();
    private long sequence;

    /** @param index of the interface, 0: any */
    private record Way(String device, int index, int port, boolean six) {
    }

    private record Peer(String instance, IpAddress address) {
    }

    public Heartbeats() throws SystemException {
    }

    private static long draw() {
        SecureRandom random = new SecureRandom();
        long drawn = 0;
        while (drawn == 0) {
            drawn = random.nextLong();
        }
        return drawn;
    }

    /** Opens and closes sockets until they are those that the instances need. */
    public void configure(Collection<VrrpInstance> wanted, Interfaces interfaces) {
        instances.clear();
        wanted.stream().filter(instance -> instance.splitBrain().heartbeat() != null)
                .forEach(instance -> instances.put(instance.name(), instance));
        Map<String, Integer> found = new HashMap<>();
        interfaces.all().forEach(device -> found.put(device.name(), device.index()));
        devices = found;
        Set<Way> ways = new HashSet<>();
        Set<Peer> peers = new HashSet<>();
        instances.values().forEach(instance -> heartbeat(instance).peers().forEach(peer -> {
            peers.add(new Peer(instance.name(), peer));
            Way way = way(heartbeat(instance), peer);
            if (way != null) {
                ways.add(way);
            }
        }));
        sockets.entrySet().removeIf(entry -> !ways.contains(entry.getKey()) && closed(entry.getValue()));
        acquaintances.keySet().retainAll(peers);
        last.keySet().retainAll(instances.keySet());
        silent.retainAll(peers);
        ways.forEach(this::open);
    }

    private static SplitBrain.Heartbeat heartbeat(VrrpInstance instance) {
        SplitBrain.Heartbeat heartbeat = instance.splitBrain().heartbeat();
        if (heartbeat == null) {
            throw new IllegalArgumentException(instance.name() + " has no heartbeat");
        }
        return heartbeat;
    }

    /** Null where its interface is not there. */
    private @Nullable Way way(SplitBrain.Heartbeat heartbeat, IpAddress peer) {
        String device = heartbeat.device();
        Integer index = device == null ? Integer.valueOf(0) : devices.get(device);
        return index == null
                ? null
                : new Way(device == null ? "" : device, index, heartbeat.port(), !peer.isV4());
    }

    /** Epoll forgets it by itself. */
    private static boolean closed(UdpSocket socket) {
        socket.close();
        return true;
    }

    private void open(Way way) {
        if (sockets.containsKey(way)) {
            return;
        }
        try {
            UdpSocket socket = UdpSocket.open(way.six(), way.port(), way.device(), "heartbeats");
            sockets.put(way, socket);
            epoll.add(socket.descriptor());
        } catch (SystemException e) {
            LOG.warn("heartbeats on port {} are not heard: {}", way.port(), e.getMessage());
        }
    }

    /** To all peers of the instance. */
    public void send(String name, Heartbeat heartbeat) {
        VrrpInstance instance = instances.get(name);
        if (instance != null) {
            last.put(name, heartbeat);
            heartbeat(instance).peers().forEach(peer -> send(instance, peer, heartbeat));
        }
    }

    /** What was said last, again and in another state. */
    public void resend(String name, State state) {
        Heartbeat before = last.get(name);
        if (before != null) {
            send(name, before.in(state));
        }
    }

    private void send(VrrpInstance instance, IpAddress address, Heartbeat heartbeat) {
        Peer peer = new Peer(instance.name(), address);
        Way way = way(heartbeat(instance), address);
        UdpSocket socket = way == null ? null : sockets.get(way);
        if (way == null || socket == null) {
            return; // told of when it could not be opened, and by the interface itself
        }
        Datagram datagram = new Datagram(session, ++sequence, acquaintance(peer).echo(), instance.six(),
                instance.name(),
                heartbeat);
        try {
            socket.send(address, way.index(), datagram.write(heartbeat(instance).secret()));
            if (silent.remove(peer)) {
                LOG.info("({}) heartbeats to {} leave again", instance.name(), address);
            }
        } catch (SystemException e) {
            if (silent.add(peer)) {
                LOG.warn("({}) a heartbeat was not sent: {}", instance.name(), e.getMessage());
            }
        }
    }

    private Acquaintance acquaintance(Peer peer) {
        return acquaintances.computeIfAbsent(peer, _ -> new Acquaintance(session));
    }

    /** Readable where {@link #receive} has something to do; the same for as long as this is open. */
    public int descriptor() {
        return epoll.descriptor();
    }

    /** Hands over what has come and counts. */
    public void receive(long now, Consumer<Event> events) {
        for (UdpSocket socket : List.copyOf(sockets.values())) {
            try {
                byte[] came = socket.receive();
                for (int i = 0; i < AT_ONCE && came.length > 0; i++) {
                    take(socket.source(), came, now).ifPresent(events);
                    came = socket.receive();
                }
            } catch (SystemException e) {
                LOG.debug("heartbeats: {}", e.getMessage());
            }
        }
    }

    private Optional<Event> take(IpAddress source, byte[] came, long now) {
        List<VrrpInstance> candidates = instances.values().stream()
                .filter(instance -> heartbeat(instance).peers().contains(source)).toList();
        for (VrrpInstance candidate : candidates) {
            Optional<Datagram> read = Datagram.read(came, heartbeat(candidate).secret());
            if (read.isPresent()) {
                return take(candidates, source, read.get(), now);
            }
        }
        if (!candidates.isEmpty() && rejected.merge(source, 1L, Long::sum) % SAID_EACH == 1) {
            LOG.warn("({}) a heartbeat from {} counts for nothing: the secret differs", candidates.getFirst().name(),
                    source);
        }
        return Optional.empty();
    }

    private Optional<Event> take(List<VrrpInstance> candidates, IpAddress source, Datagram datagram, long now) {
        VrrpInstance instance = meant(candidates, datagram);
        if (instance == null) {
            return Optional.empty();
        }
        Peer peer = new Peer(instance.name(), source);
        Verdict verdict = acquaintance(peer).hear(datagram, datagram.heartbeat().lasting(), now);
        Heartbeat answer = last.get(instance.name());
        if (verdict == Verdict.ANSWER && answer != null) {
            send(instance, source, answer);
        }
        return verdict == Verdict.FRESH
                ? Optional.of(new Event.HeartbeatHeard(instance.name(), source, datagram.heartbeat()))
                : Optional.empty();
    }

    /** By the number of the virtual router; where it differs on the two nodes, which is worth an alert, by the name. */
    private static @Nullable VrrpInstance meant(List<VrrpInstance> candidates, Datagram datagram) {
        int router = datagram.heartbeat().terms().virtualRouterId();
        return Stream.concat(
                candidates.stream()
                        .filter(one -> one.virtualRouterId() == router && one.six() == datagram.six()),
                candidates.stream().filter(one -> one.name().equals(datagram.instance()))).findFirst().orElse(null);
    }

    @Override
    public void close() {
        sockets.values().forEach(UdpSocket::close);
        sockets.clear();
        epoll.close();
    }
}
