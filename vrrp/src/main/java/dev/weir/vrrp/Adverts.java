package dev.weir.vrrp;

import dev.weir.conf.VrrpInstance;
import dev.weir.conf.VrrpInstance.Multicast;
import dev.weir.conf.VrrpInstance.Unicast;
import dev.weir.vrrp.machine.Action;
import dev.weir.vrrp.machine.Event;
import dev.weir.vrrp.machine.Machine;
import dev.weir.vrrp.packet.AdvertReader;
import dev.weir.vrrp.packet.AdvertWriter;
import dev.weir.vrrp.packet.Reading;
import dev.weir.vrrp.packet.Received;
import dev.weir.vrrp.packet.Exchange;
import dev.weir.vrrp.transport.Transport;
import dev.weir.wire.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Adverts between the machine and the sockets, and what there is to count and to complain of. The VRRP thread's. */
final class Adverts {
    private static final Logger LOG = LoggerFactory.getLogger(Adverts.class);
    /** A fault that lasts is said once, and again after each so many packets. */
    private static final long SAID_EACH = 1000;

    private final Transport transport;
    private final MemorySegment packet = Arena.ofAuto().allocate(AdvertWriter.MAX_LENGTH, 8);
    private final Map<String, IpAddress> sources = new HashMap<>();
    private final Map<String, Exchange> exchanges = new HashMap<>();
    private final Map<String, Tally> tallies = new LinkedHashMap<>();
    private final Map<Stranger, Long> strangers = new HashMap<>();

    /** A virtual router of which no instance is one. */
    private record Stranger(String device, int virtualRouterId, boolean six) {
    }

    Adverts(Transport transport) {
        this.transport = transport;
    }

    void from(String instance, @Nullable IpAddress source) {
        if (source == null) {
            sources.remove(instance);
        } else {
            sources.put(instance, source);
        }
    }

    void forget(String instance) {
        exchanges.remove(instance);
        tallies.remove(instance);
    }

    void entered(Action.Notify notify) {
        if (notify.subject() == Action.Subject.INSTANCE) {
            tally(notify.name()).entered(notify.state());
        }
    }

    private Tally tally(String instance) {
        return tallies.computeIfAbsent(instance, _ -> new Tally());
    }

    private Exchange exchange(String instance) {
        return exchanges.computeIfAbsent(instance, _ -> new Exchange());
    }

    void send(Action.Send send, @Nullable VrrpInstance instance) {
        IpAddress source = sources.get(send.instance());
        if (instance == null || source == null) {
            return; // its interface has lost its address: what is told of that is told by the machine
        }
        switch (instance.transport()) {
            case Multicast(IpAddress group) -> send(send, instance, source, group);
            case Unicast unicast -> unicast.peers().forEach(peer -> send(send, instance, source, peer.address()));
        }
        tally(send.instance()).sent(send);
    }

    private void send(Action.Send send, VrrpInstance instance, IpAddress source, IpAddress destination) {
        int length = AdvertWriter.write(instance, send.priority(), source, destination, exchange(instance.name()),
                packet);
        transport.send(instance, source, destination, packet, length);
    }

    /** What a packet says to one of the instances; what none of them takes is counted, and complained of. */
    Optional<Event> read(Transport.Packet came, Collection<VrrpInstance> instances, Machine machine) {
        Optional<Received> received = came.source().isV4()
                ? Received.ipv4(came.bytes())
                : Received.ipv6(came.bytes(), came.source(), came.destination(), came.ttl());
        if (received.isEmpty() || sources.containsValue(came.source())) {
            return Optional.empty();
        }
        for (VrrpInstance instance : instances) {
            if (isFor(instance, came, received.get())) {
                return Optional.of(read(instance, came.source(), received.get(), machine));
            }
        }
        isStrange(received.get().virtualRouterId(), came, instances);
        return Optional.empty();
    }

    /** Comes only with log_unknown_vrids: else sockets let no such packet through. */
    private void isStrange(int router, Transport.Packet came, Collection<VrrpInstance> instances) {
        Stranger stranger = new Stranger(came.device(), router, !came.source().isV4());
        boolean known = instances.stream().anyMatch(instance -> instance.virtualRouterId() == router
                && instance.six() == stranger.six());
        if (!known && strangers.merge(stranger, 1L, Long::sum) % SAID_EACH == 1) {
            LOG.info("advert of {} on {} for the unknown virtual_router_id {}", came.source(),
                    came.device().isEmpty() ? "any interface" : came.device(), router);
        }
    }

    private boolean isFor(VrrpInstance instance, Transport.Packet came, Received received) {
        String device = instance.link();
        return instance.virtualRouterId() == received.virtualRouterId() && instance.six() != came.source().isV4()
                && (device == null
                        ? came.device().isEmpty()
                        : device.equals(came.device()) || came.device().equals(instance.vmac()))
                && (instance.transport() instanceof Multicast
                        || came.destination().equals(sources.get(instance.name())));
    }

    private Event read(VrrpInstance instance, IpAddress source, Received received, Machine machine) {
        String name = instance.name();
        Exchange exchange = exchange(name);
        boolean knewOld = exchange.hasHeardOldChecksum();
        return switch (AdvertReader.read(instance, received, exchange, machine.master(name))) {
            case Reading.Accepted(var sender, var advert) -> {
                tally(name).heard(advert);
                if (exchange.hasHeardOldChecksum() && !knewOld) {
                    LOG.info("({}) {} has the checksum of keepalived up to 1.3.6, and gets it from now on", name,
                            sender);
                }
                yield new Event.Heard(name, sender, advert);
            }
            case Reading.Rejected(var reason, var text) -> {
                if (tally(name).rejected(reason) % SAID_EACH == 0) {
                    LOG.warn("({}) {}", name, text);
                }
                yield new Event.AdvertRejected(name, source, reason.cause());
            }
        };
    }

    String statistics() {
        StringBuilder text = new StringBuilder();
        tallies.forEach((name, tally) -> text.append(tally.text(name)));
        return text.toString();
    }
}
