package dev.weir.vrrp.address;

import dev.weir.conf.Configuration;
import dev.weir.conf.Network.Ipvlan;
import dev.weir.conf.Network.Needed;
import dev.weir.conf.VirtualAddress;
import dev.weir.conf.VrrpInstance;
import dev.weir.vrrp.machine.Event;
import dev.weir.vrrp.machine.Event.LinkChanged;
import dev.weir.vrrp.machine.Event.LinkGone;
import dev.weir.vrrp.machine.Event.PossessionsMissing;
import dev.weir.vrrp.machine.Event.SourceChanged;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out {@code Own} and {@code Release}, and tells the state machine of interfaces and sources. The VRRP thread
 * calls it, and it does not block: each change is one question to the kernel.
 *
 * <pre>
 *   owner = Owner.open(undo)                  in the network namespace of the calling thread
 *   owner.configure(configuration)            at the start and after each reload
 *   owner.own(name), owner.release(name)      as the machine says
 *   when descriptor() is readable or deadline() is over: owner.follow(now)
 *   owner.events()                            after configure and follow: to the machine
 *   owner.restored()                          after follow: whose addresses came back, to be announced
 *   owner.close()                             takes all off
 * </pre>
 */
public final class Owner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Owner.class);
    /** The holder of what the file gives the host for good. No instance has this name. */
    private static final String FIXED = "";
    private static final String IGMP_REPORTS = "igmp_link_local_mcast_reports";
    /** Against somebody who takes an address away as often as it comes back. */
    private static final long PAUSE_NANOS = 50_000_000;

    private final Interfaces interfaces;
    private final Holdings holdings;
    private final VirtualInterfaces virtual;
    private final Barred barred;
    private final InterfaceSettings settings;
    private final Map<String, VrrpInstance> instances = new LinkedHashMap<>();
    /** Of all instances: none of them is a source. */
    private Set<IpAddress> virtualOnes = Set.of();
    private final Map<String, Boolean> toldLinks = new HashMap<>();
    private final Map<String, Optional<IpAddress>> toldSources = new HashMap<>();
    /** What instances need of what the file gives the host for good. */
    private List<Needed> needed = List.of();
    private final Map<String, List<String>> toldMissing = new HashMap<>();
    private final List<Event> events = new ArrayList<>();
    private final Set<String> restored = new LinkedHashSet<>();
    private boolean lossy;
    private long restoreFrom = Long.MIN_VALUE;

    private Owner(Interfaces interfaces, UndoLog undo) throws IOException {
        this.interfaces = interfaces;
        this.holdings = new Holdings(interfaces, undo);
        this.virtual = new VirtualInterfaces(interfaces, undo);
        this.barred = new Barred(undo);
        this.settings = new InterfaceSettings(undo);
    }

    /** Puts nothing onto the host yet. */
    public static Owner open(UndoLog undo) throws IOException {
        Interfaces interfaces = Interfaces.open();
        try {
            return new Owner(interfaces, undo);
        } catch (IOException e) {
            interfaces.close();
            throw e;
        }
    }

    /** The host's interfaces and addresses, for transport and announcements. */
    public Interfaces interfaces() {
        return interfaces;
    }

    /**
     * Takes over another configuration. What instances own that go on owning changes by the difference; of those that own
     * nothing, what a daemon that died may have left goes.
     */
    public void configure(Configuration configuration) throws IOException {
        Set<String> before = Set.copyOf(instances.keySet());
        instances.clear();
        configuration.instances().forEach(instance -> instances.put(instance.name(), instance));
        virtualOnes = instances.values().stream()
                .flatMap(instance -> Stream.concat(instance.addresses().stream(), instance.excluded().stream()))
                .map(VirtualAddress::address).collect(Collectors.toSet());
        needed = configuration.fixed().needed();
        if (configuration.globals().disableLocalIgmp()) {
            settings.setOfHost(IGMP_REPORTS, 0);
        } else {
            settings.restoreOfHost(IGMP_REPORTS);
        }
        virtual.configure(instances.values());
        barred.configure(instances.values(),
                (instance, address) -> Objects.requireNonNullElse(device(instance, address), ""));
        interfaces.follow();
        holdings.hold(FIXED, fixed(configuration));
        for (String holder : holdings.holders()) {
            VrrpInstance instance = instances.get(holder);
            if (instance != null) {
                holdings.hold(holder, pieces(instance));
            } else if (!holder.equals(FIXED)) {
                holdings.release(holder);
            }
        }
        instances.values().stream().filter(instance -> !before.contains(instance.name())
                && !holdings.holds(instance.name()) && instance.priority() != 255).forEach(this::clear);
        toldSources.keySet().retainAll(instances.keySet());
        toldMissing.keySet().retainAll(instances.keySet());
        interfaces.follow();
        tell();
    }

    private void clear(VrrpInstance instance) {
        List<Piece> found = holdings.clear(pieces(instance));
        if (!found.isEmpty()) {
            LOG.warn("{}: took off the host what was left there: {}", instance.name(),
                    found.stream().map(Piece::text).collect(Collectors.joining(", ")));
        }
    }

    /** Where the instance's addresses are, in the order in which they are announced. */
    public List<Placed> addresses(VrrpInstance instance) {
        return Stream.concat(instance.addresses().stream(), instance.excluded().stream())
                .flatMap(address -> Stream.ofNullable(device(instance, address))
                        .map(device -> new Placed(address.address(), device)))
                .toList();
    }

    /** An address and the interface that has it. */
    public record Placed(IpAddress address, String device) {
    }

    private Set<Piece> pieces(VrrpInstance instance) {
        Set<Piece> pieces = new LinkedHashSet<>();
        Stream.concat(instance.addresses().stream(), instance.excluded().stream()).forEach(address -> {
            String device = device(instance, address);
            if (device == null) {
                LOG.warn("{}: nothing says which interface {} belongs to; write interface, or dev behind the address",
                        instance.name(), address.address());
            } else {
                pieces.add(new Piece.Address(address, device));
            }
        });
        instance.network().routes().forEach(route -> pieces.add(new Piece.Route(route)));
        instance.network().rules().forEach(rule -> pieces.add(new Piece.Rule(rule)));
        return pieces;
    }

    private @Nullable String device(VrrpInstance instance, VirtualAddress address) {
        return virtual.deviceOf(instance, address);
    }

    private Set<Piece> fixed(Configuration configuration) {
        Set<Piece> pieces = new LinkedHashSet<>(virtual.addresses());
        configuration.fixed().addresses().forEach(address -> pieces.add(Piece.of(address)));
        configuration.fixed().routes().forEach(route -> pieces.add(Piece.of(route)));
        configuration.fixed().rules().forEach(rule -> pieces.add(Piece.of(rule)));
        return pieces;
    }

    /** Puts the instance's addresses, routes and rules onto the host, before the next line of the caller. */
    public void own(String name) {
        VrrpInstance instance = instances.get(name);
        if (instance != null) {
            virtual.promote(instance);
            holdings.hold(name, pieces(instance));
        }
    }

    public void release(String name) {
        holdings.release(name);
    }

    public boolean owns(String name) {
        return holdings.holds(name);
    }

    /** Readable where the host changed. */
    public int descriptor() {
        return interfaces.descriptor();
    }

    /** When {@link #follow} is to be called though nothing is readable, as nanoTime has it; Long.MAX_VALUE: never. */
    public long deadline() {
        return lossy ? restoreFrom : Long.MAX_VALUE;
    }

    /**
     * Takes in what changed on the host, and puts back what somebody took away.
     *
     * @return whether interfaces may be others than before, though they have the same names
     */
    public boolean follow(long now) throws IOException {
        Interfaces.Change change = interfaces.follow();
        if (change == Interfaces.Change.NOTHING && !lossy) {
            return false;
        }
        // What was refused may be taken now that something came: a route, behind the address of its network.
        lossy |= change == Interfaces.Change.LOSS
                || change == Interfaces.Change.SOMETHING && holdings.lacksAny();
        if (lossy && now >= restoreFrom) {
            lossy = false;
            restoreFrom = now + PAUSE_NANOS;
            virtual.restore();
            interfaces.follow();
            holdings.restore().forEach((holder, pieces) -> {
                LOG.warn("{}: put back what somebody took off the host: {}", holder.equals(FIXED) ? "static" : holder,
                        pieces.stream().map(Piece::text).collect(Collectors.joining(", ")));
                if (!holder.equals(FIXED)) {
                    restored.add(holder);
                }
            });
        }
        tell();
        return true;
    }

    /** What the state machine has to hear, since the last call. */
    public List<Event> events() {
        List<Event> told = List.copyOf(events);
        events.clear();
        return told;
    }

    /** The instances of which something was put back since the last call. */
    public Set<String> restored() {
        Set<String> names = Set.copyOf(restored);
        restored.clear();
        return names;
    }

    private void tell() {
        List.copyOf(toldLinks.keySet()).stream().filter(name -> interfaces.named(name) == null).forEach(name -> {
            toldLinks.remove(name);
            events.add(new LinkGone(name));
        });
        interfaces.all().forEach(device -> {
            Boolean before = toldLinks.put(device.name(), device.up());
            if (before == null || before != device.up()) {
                events.add(new LinkChanged(device.name(), device.up()));
            }
        });
        instances.values().forEach(instance -> {
            Optional<IpAddress> source = Optional.ofNullable(source(instance));
            if (!source.equals(toldSources.put(instance.name(), source))) {
                events.add(new SourceChanged(instance.name(), source.orElse(null)));
            }
            List<String> missing = missing(instance.name());
            if (!missing.equals(toldMissing.put(instance.name(), missing))) {
                events.add(new PossessionsMissing(instance.name(), missing));
            }
        });
    }

    private List<String> missing(String instance) {
        return needed.stream().filter(each -> each.instances().contains(instance))
                .map(each -> Piece.of(each.possession())).filter(holdings::lacks).map(Piece::text).toList();
    }

    /** As said, or the interface's first that is no virtual one; an address owner's may be (RFC 9568 section 1.7). */
    private @Nullable IpAddress source(VrrpInstance instance) {
        IpAddress said = instance.source();
        if (said != null) {
            return instance.trackSource() && !interfaces.has(said) ? null : said;
        }
        if (instance.network().virtualInterface() instanceof Ipvlan ipvlan && ipvlan.address() != null) {
            return ipvlan.address();
        }
        Device device = interfaces.named(instance.device());
        if (device == null) {
            return null;
        }
        boolean six = instance.six();
        List<IpAddress> fitting = interfaces.addresses(device).stream()
                .filter(address -> six ? address.isLinkLocal() : address.isV4())
                .toList();
        return fitting.stream().filter(address -> !virtualOnes.contains(address)).findFirst()
                .or(() -> instance.priority() == 255 ? fitting.stream().findFirst() : Optional.empty()).orElse(null);
    }

    /** Ends, and leaves on the host what was put there (keepalived --dont-release-vrrp). */
    public void leave() {
        interfaces.close();
    }

    /** Takes off the host all that was put there. */
    @Override
    public void close() {
        holdings.close();
        barred.close();
        settings.close();
        virtual.close();
        interfaces.close();
    }
}
