package dev.weir.vrrp.address;

import dev.weir.conf.Network.Ipvlan;
import dev.weir.conf.Network.Vmac;
import dev.weir.conf.VirtualAddress;
import dev.weir.conf.VirtualAddress.Option;
import dev.weir.conf.VrrpInstance;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** use_vmac, use_vmac_addr and use_ipvlan: interfaces on top of others, and which address belongs to which. */
final class VirtualInterfaces implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(VirtualInterfaces.class);
    /** RFC 9568 section 7.3; the last byte is the virtual router's number. */
    private static final long V4_MAC = 0x0000_5e00_0100L;
    private static final long V6_MAC = 0x0000_5e00_0200L;
    private static final int MAC_BYTES = 6;

    private final Interfaces interfaces;
    private final LinkRequests links;
    private final InterfaceSettings settings;
    /** By name, those that are wanted. */
    private final Map<String, Stacked> wanted = new LinkedHashMap<>();
    private final Map<Where, String> names = new LinkedHashMap<>();
    private final Set<String> failing = new HashSet<>();

    /** Where an instance's addresses of one family go that are on one interface. */
    private record Where(String instance, String base, boolean six) {
    }

    VirtualInterfaces(Interfaces interfaces, UndoLog undo) throws IOException {
        this.interfaces = interfaces;
        this.links = new LinkRequests(undo);
        this.settings = new InterfaceSettings(undo);
    }

    /** Makes those that are missing, and removes those that nobody wants any more. */
    void configure(Collection<VrrpInstance> instances) {
        Map<String, Stacked> before = Map.copyOf(wanted);
        wanted.clear();
        names.clear();
        instances.forEach(this::plan);
        before.forEach((name, stacked) -> {
            if (!stacked.equals(wanted.get(name))) {
                remove(stacked);
            }
        });
        restore();
    }

    private void plan(VrrpInstance instance) {
        String base = instance.device();
        if (base != null) {
            switch (instance.network().virtualInterface()) {
                case Vmac vmac -> want(new Where(instance.name(), base, instance.six()), new Stacked(vmac.name(), base,
                        mac(instance, vmac.mac(), instance.six()), instance.six(), null));
                case Ipvlan ipvlan -> want(new Where(instance.name(), base, instance.six()),
                        new Stacked(ipvlan.name(), base, 0, instance.six(), ipvlan));
                case null -> {
                }
            }
        }
        all(instance).filter(address -> isMarked(instance, address)).forEach(address -> {
            Where where = where(instance, address);
            if (where != null && !names.containsKey(where)) {
                want(where, new Stacked(freeName(instance), where.base(), mac(instance, 0, where.six()), where.six(),
                        null));
            }
        });
    }

    private static Stream<VirtualAddress> all(VrrpInstance instance) {
        return Stream.concat(instance.addresses().stream(), instance.excluded().stream());
    }

    private void want(Where where, Stacked stacked) {
        names.put(where, stacked.name());
        wanted.put(stacked.name(), stacked);
    }

    /** Those on the instance's own interface and in its family follow the instance. */
    private static boolean isMarked(VrrpInstance instance, VirtualAddress address) {
        boolean elsewhere = address.device() != null && !address.device().equals(instance.device())
                || address.address().isV4() == instance.six();
        return elsewhere && (address.has(Option.USE_VMAC) || instance.network().addressInterfaces());
    }

    private static @Nullable Where where(VrrpInstance instance, VirtualAddress address) {
        String base = address.device() != null ? address.device() : instance.device();
        return base == null ? null : new Where(instance.name(), base, !address.address().isV4());
    }

    /** vrrp.51, and vrrp1.51 where that is taken, as keepalived counts. */
    private String freeName(VrrpInstance instance) {
        String prefix = instance.network().addressPrefix();
        for (int i = 0;; i++) {
            String name = prefix + (i == 0 ? "" : i) + "." + instance.virtualRouterId();
            if (!wanted.containsKey(name)) {
                return name;
            }
        }
    }

    private static long mac(VrrpInstance instance, long given, boolean six) {
        if (given == 0) {
            return (six ? V6_MAC : V4_MAC) | instance.virtualRouterId();
        }
        // Of five bytes the virtual router's number is the sixth.
        return given >>> 8 * (MAC_BYTES - 1) == 0 && given >>> 8 * (MAC_BYTES - 2) != 0
                ? given << 8 | instance.virtualRouterId()
                : given;
    }

    /** The interface that an address is put on; null where nothing says which. */
    @Nullable
    String deviceOf(VrrpInstance instance, VirtualAddress address) {
        Where where = where(instance, address);
        if (where == null) {
            return null;
        }
        boolean followsInstance = where.base().equals(instance.device()) && where.six() == instance.six();
        String name = names.get(where);
        return name != null && (followsInstance || isMarked(instance, address)) ? name : where.base();
    }

    /** The addresses of ipvlans, which they have whoever is master. */
    Set<Piece> addresses() {
        Set<Piece> pieces = new LinkedHashSet<>();
        wanted.values().forEach(stacked -> {
            Ipvlan ipvlan = stacked.ipvlan();
            if (ipvlan != null && ipvlan.address() != null) {
                pieces.add(new Piece.Address(new VirtualAddress(ipvlan.address(), ipvlan.length(), null, null, null,
                        null), stacked.name()));
            }
        });
        return pieces;
    }

    /** promote_secondaries: other addresses of a network stay when its first one goes. */
    void promote(VrrpInstance instance) {
        if (instance.network().promoteSecondaries() && instance.device() != null) {
            settings.set(instance.device(), "promote_secondaries", 1);
        }
    }

    /** Makes those that are missing. */
    void restore() {
        for (Stacked stacked : wanted.values()) {
            Device base = interfaces.named(stacked.base());
            Device there = interfaces.named(stacked.name());
            if (base == null || there != null && isOurs(stacked, there, base)) {
                continue;
            }
            try {
                if (there != null) {
                    throw new IOException(
                            "there is another interface of that name: rename it, or give use_vmac a name");
                }
                make(stacked, base);
                failing.remove(stacked.name());
            } catch (IOException e) {
                if (failing.add(stacked.name())) {
                    LOG.warn("{} on {} could not be made: {}", stacked.name(), stacked.base(), e.getMessage());
                }
            }
        }
    }

    private boolean isOurs(Stacked stacked, Device there, Device base) {
        boolean same = there.kind().equals(stacked.kind()) && there.lower() == base.index()
                && (stacked.ipvlan() != null || there.mac() == stacked.mac());
        if (same && links.adopt(stacked)) {
            LOG.warn("{} was left there; it is used again", stacked.name());
            settle(stacked);
        }
        return same;
    }

    private void make(Stacked stacked, Device base) throws IOException {
        links.make(stacked, base);
        settle(stacked);
        links.bringUp(stacked);
        LOG.info("made {} on {}", stacked.name(), stacked.base());
    }

    /**
     * Each interface answers ARP for its own addresses alone, and the one above takes packets of clients to whom the
     * host's way leads through the one below.
     */
    private void settle(Stacked stacked) {
        if (stacked.six() || stacked.ipvlan() != null) {
            return;
        }
        settings.set(stacked.base(), "arp_ignore", 1);
        settings.set(stacked.base(), "arp_filter", 1);
        settings.put(stacked.name(), "arp_ignore", 1);
        settings.put(stacked.name(), "accept_local", 1);
        settings.put(stacked.name(), "promote_secondaries", 1);
        settings.looseSource(stacked.name());
    }

    private void remove(Stacked stacked) {
        links.remove(stacked);
        List<String> bases = new ArrayList<>(wanted.values().stream().map(Stacked::base).toList());
        if (!bases.contains(stacked.base())) {
            settings.restore(stacked.base());
        }
    }

    @Override
    public void close() {
        List.copyOf(wanted.values()).forEach(stacked -> {
            wanted.remove(stacked.name());
            remove(stacked);
        });
        settings.close();
        links.close();
    }

    /**
     * An interface on top of another.
     *
     * @param mac    of a macvlan; 0 of an ipvlan
     * @param ipvlan null: a macvlan
     */
    record Stacked(String name, String base, long mac, boolean six, @Nullable Ipvlan ipvlan) {
        Stacked {
            Objects.requireNonNull(name);
        }

        String kind() {
            return ipvlan == null ? "macvlan" : "ipvlan";
        }
    }
}
