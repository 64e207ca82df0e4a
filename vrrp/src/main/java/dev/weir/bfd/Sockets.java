package dev.weir.bfd;

import dev.weir.bfd.Sessions.Arrival;
import dev.weir.conf.BfdInstance;
import dev.weir.sys.Epoll;
import dev.weir.sys.Link;
import dev.weir.sys.SystemException;
import dev.weir.sys.UdpSocket;
import dev.weir.wire.IpAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries BFD Control packets over UDP (RFC 5881 section 4): each session sends from a port of its own, and all receive on one. As
 * keepalived has it, that is the port of a single hop for neighbours further away, too. What cannot be opened is tried again: a source_ip may
 * come later, as virtual addresses do. Belongs to one thread; nothing here waits.
 */
final class Sockets implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Sockets.class);
    private static final int PORT = 3784;
    private static final int FIRST_SOURCE_PORT = 49152;
    private static final int SOURCE_PORTS = 65536 - FIRST_SOURCE_PORT;
    private static final int TRIES = 64;
    private static final int AT_ONCE = 1024;
    private static final long AGAIN = TimeUnit.SECONDS.toNanos(5);

    private final RandomGenerator random;
    private final Epoll epoll = new Epoll();
    private final Map<Boolean, UdpSocket> listening = new HashMap<>();
    private final Map<String, Sender> senders = new HashMap<>();
    private final Set<Boolean> wanted = new HashSet<>();
    /** What was said of, and lasts. */
    private final Set<String> silent = new HashSet<>();
    private long next;

    private record Sender(BfdInstance session, UdpSocket socket) {
    }

    /** @param random of source ports */
    Sockets(RandomGenerator random) throws SystemException {
        this.random = random;
    }

    /** For what sessions there shall be; before they begin. */
    void hear(Collection<BfdInstance> sessions, long now) {
        wanted.clear();
        sessions.forEach(session -> wanted.add(!session.neighbour().isV4()));
        listening.entrySet().removeIf(entry -> !wanted.contains(entry.getKey()) && closed(entry.getValue()));
        next = now;
        listen(now);
    }

    /** Those that are not among them have said their last. */
    void retain(Collection<BfdInstance> sessions) {
        senders.values().removeIf(sender -> sessions.stream().noneMatch(sender.session()::isSameSession)
                && closed(sender.socket()));
        Set<String> names = sessions.stream().map(BfdInstance::name).collect(Collectors.toSet());
        silent.removeIf(name -> !name.isEmpty() && !names.contains(name));
        for (BfdInstance session : sessions) {
            Sender sender = senders.get(session.name());
            if (sender != null && sender.session().ttl() != session.ttl()) {
                hops(session, sender.socket());
            }
        }
    }

    /** Epoll forgets it by itself. */
    private static boolean closed(UdpSocket socket) {
        socket.close();
        return true;
    }

    private void hops(BfdInstance session, UdpSocket socket) {
        try {
            socket.hops(session.ttl());
            senders.put(session.name(), new Sender(session, socket));
        } catch (SystemException e) {
            LOG.warn("({}) its ttl is as before: {}", session.name(), e.getMessage());
        }
    }

    /** Opens what is missing, when it is time to. */
    void listen(long now) {
        if (now < deadline()) {
            return;
        }
        for (boolean six : wanted) {
            if (!listening.containsKey(six)) {
                listen(six);
            }
        }
        next = now + AGAIN;
    }

    /** When {@link #listen} has something to do. */
    long deadline() {
        return listening.keySet().containsAll(wanted) ? Session.NEVER : next;
    }

    private void listen(boolean six) {
        try {
            UdpSocket socket = UdpSocket.open(six, PORT, "", "BFD");
            listening.put(six, socket);
            socket.readHeaders();
            epoll.add(socket.descriptor());
            silent.remove("");
        } catch (SystemException e) {
            UdpSocket half = listening.remove(six);
            if (half != null) {
                half.close();
            }
            if (silent.add("")) {
                LOG.error("BFD hears nobody, and is tried again every {} s: {}; does another daemon have UDP port {}?",
                        TimeUnit.NANOSECONDS.toSeconds(AGAIN), e.getMessage(), PORT);
            }
        }
    }

    void send(BfdInstance session, byte[] packet) {
        try {
            sender(session).send(session.neighbour(), 0, packet);
            if (silent.remove(session.name())) {
                LOG.info("BFD_Instance({}) packets to {} leave again", session.name(), session.neighbour());
            }
        } catch (SystemException e) {
            reopenByDevice(session);
            if (silent.add(session.name())) {
                LOG.warn("BFD_Instance({}) a packet is not sent: {}", session.name(), e.getMessage());
            }
        }
    }

    /** An interface that goes and is made anew is another one to a socket that was bound to it. */
    private void reopenByDevice(BfdInstance session) {
        Sender bound = session.device() == null ? null : senders.remove(session.name());
        if (bound != null) {
            bound.socket().close();
        }
    }

    private UdpSocket sender(BfdInstance session) throws SystemException {
        Sender present = senders.get(session.name());
        if (present != null && present.session().isSameSession(session)) {
            return present.socket();
        }
        UdpSocket socket = open(session);
        Sender past = senders.put(session.name(), new Sender(session, socket));
        if (past != null) {
            past.socket().close();
        }
        return socket;
    }

    private UdpSocket open(BfdInstance session) throws SystemException {
        UdpSocket socket = bound(session);
        try {
            socket.hops(session.ttl());
            return socket;
        } catch (SystemException e) {
            socket.close();
            throw e;
        }
    }

    private UdpSocket bound(BfdInstance session) throws SystemException {
        IpAddress any = session.neighbour().isV4() ? IpAddress.ANY_V4 : IpAddress.ANY_V6;
        IpAddress source = session.source();
        String device = session.device();
        for (int tries = 1;; tries++) {
            try {
                return UdpSocket.sender(source == null ? any : source,
                        FIRST_SOURCE_PORT + random.nextInt(SOURCE_PORTS), PORT, device == null ? "" : device, "BFD");
            } catch (SystemException e) {
                if (e.errno() != SystemException.EADDRINUSE || tries == TRIES) {
                    throw e;
                }
            }
        }
    }

    /** Of the interface that has this name now; 0: none has. */
    static int index(String device) {
        try {
            return Link.byName(device).index();
        } catch (SystemException e) {
            return 0; // what is sent by it says so
        }
    }

    /** Readable where {@link #receive} has something to do; the same for as long as this is open. */
    int descriptor() {
        return epoll.descriptor();
    }

    void receive(Consumer<Arrival> taker) {
        for (UdpSocket socket : List.copyOf(listening.values())) {
            try {
                byte[] came = socket.receive();
                for (int i = 0; i < AT_ONCE && came.length > 0; i++) {
                    taker.accept(new Arrival(socket.source(), socket.destination(), socket.interfaceIndex(),
                            socket.hops(), ControlPacket.read(came)));
                    came = socket.receive();
                }
            } catch (SystemException e) {
                LOG.debug("BFD: {}", e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        listening.values().forEach(UdpSocket::close);
        senders.values().forEach(sender -> sender.socket().close());
        epoll.close();
    }
}
