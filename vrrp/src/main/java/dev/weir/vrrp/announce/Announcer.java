package dev.weir.vrrp.announce;

import dev.weir.conf.Configuration;
import dev.weir.conf.Network.Vmac;
import dev.weir.conf.VrrpInstance;
import dev.weir.sys.FrameSocket;
import dev.weir.sys.SystemException;
import dev.weir.vrrp.address.Device;
import dev.weir.vrrp.address.Owner;
import dev.weir.vrrp.address.Owner.Placed;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out {@code Announce}. The VRRP thread calls it; what has a pace waits in a queue, not in the thread.
 *
 * <pre>
 *   announcer.configure(configuration)         at the start and after a reload
 *   announcer.announce(name, times, now)       as the machine says
 *   announcer.begin(name, now), end(name)      when an instance becomes master, and when it is none any more
 *   when deadline(now) is over: announcer.run(now)
 * </pre>
 */
public final class Announcer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Announcer.class);
    private static final Path SETTINGS = Path.of("/proc/sys/net/ipv6/conf");

    private final Owner owner;
    private final FrameSocket socket = new FrameSocket();
    private final Map<String, VrrpInstance> instances = new LinkedHashMap<>();
    /** Instances with garp_extra_if that are master, and when their addresses are due again. */
    private final Map<String, Long> extra = new HashMap<>();
    private final Set<String> failing = new HashSet<>();
    private final Paces paces;

    public Announcer(Owner owner, Configuration configuration) throws SystemException {
        this.owner = owner;
        this.paces = new Paces(configuration.paces());
        configure(configuration);
    }

    public void configure(Configuration configuration) {
        instances.clear();
        configuration.instances().forEach(instance -> instances.put(instance.name(), instance));
        paces.configure(configuration.paces());
        extra.keySet().removeIf(name -> !instances.containsKey(name) || !isExtra(name));
    }

    private boolean isExtra(String name) {
        VrrpInstance instance = instances.get(name);
        return instance != null && !instance.network().extraAnnouncements().isZero();
    }

    /** All addresses of the instance, so many times over, excluded ones too. */
    public void announce(String name, int times, long now) {
        VrrpInstance instance = instances.get(name);
        if (instance == null) {
            return;
        }
        List<Placed> placed = owner.addresses(instance);
        for (int i = 0; i < times; i++) {
            placed.forEach(each -> paces.add(new Paces.Waiting(name, each.address(), each.device())));
        }
        run(now);
    }

    /** The instance is master. */
    public void begin(String name, long now) {
        VrrpInstance instance = instances.get(name);
        if (instance != null && isExtra(name)) {
            extra.put(name, now + instance.network().extraAnnouncements().toNanos());
        }
    }

    /** The instance is not master any more: what waits is not sent. */
    public void end(String name) {
        extra.remove(name);
        paces.forget(name);
    }

    /** Sends what is due. */
    public void run(long now) {
        extra.replaceAll((name, due) -> {
            VrrpInstance instance = instances.get(name);
            if (instance == null || now - due < 0) {
                return due;
            }
            again(instance);
            return now + instance.network().extraAnnouncements().toNanos();
        });
        List<Paces.Waiting> due = paces.due(now);
        if (!due.isEmpty()) {
            Map<String, Boolean> routers = new HashMap<>();
            due.forEach(each -> send(each, routers));
        }
    }

    /** On interfaces whose MAC address no advert shows to the switches. */
    private void again(VrrpInstance instance) {
        String advertising = advertising(instance);
        owner.addresses(instance).stream().filter(each -> !each.device().equals(advertising))
                .filter(each -> instance.network().extraEverywhere() || isVirtual(each.device()))
                .forEach(each -> paces.add(new Paces.Waiting(instance.name(), each.address(), each.device())));
    }

    private static String advertising(VrrpInstance instance) {
        String vmac = instance.vmac();
        boolean onBase = instance.network().virtualInterface() instanceof Vmac given
                && given.transmitFromBase();
        return vmac != null && !onBase ? vmac : String.valueOf(instance.device());
    }

    private boolean isVirtual(String name) {
        Device device = owner.interfaces().named(name);
        return device != null && device.kind().equals("macvlan");
    }

    /** When {@link #run} has something to do, as nanoTime has it; Long.MAX_VALUE: nothing waits. */
    public long deadline(long now) {
        return extra.values().stream().reduce(paces.deadline(now), Math::min);
    }

    private void send(Paces.Waiting what, Map<String, Boolean> routers) {
        Device device = owner.interfaces().named(what.device());
        if (device == null || !device.arp() || device.mac() == 0) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment frame = what.address().isV4()
                    ? Announcement.gratuitousArp(what.address(), device.mac(), arena)
                    : Announcement.neighbourAdvertisement(what.address(), device.mac(),
                            routers.computeIfAbsent(device.name(), Announcer::forwards), arena);
            socket.send(device.index(), frame);
            failing.remove(what.device());
        } catch (SystemException e) {
            if (failing.add(what.device())) {
                LOG.warn("{}: {} was not announced on {}: {}", what.instance(), what.address(), what.device(),
                        e.getMessage());
            }
        }
    }

    private static boolean forwards(String device) {
        try {
            return !Files.readString(SETTINGS.resolve(device).resolve("forwarding")).strip().equals("0");
        } catch (IOException e) {
            return false; // an interface that goes, or has no IPv6, forwards nothing
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
