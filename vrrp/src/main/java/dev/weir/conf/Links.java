package dev.weir.conf;

import dev.weir.conf.Network.Fixed;
import dev.weir.conf.Network.Needed;
import dev.weir.conf.Network.Possession;
import dev.weir.conf.VrrpInstance.Watched;
import dev.weir.conf.VrrpInstance.Watching;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Interfaces that have to be up for an instance though neither {@code interface} nor {@code track_interface} names them. */
final class Links {
    private Links() {
    }

    /**
     * As keepalived has it: those of its addresses elsewhere, of its routes, and of its rules; and of what is static, and it
     * needs by a track_group. One that is watched with a weight counts by that as well.
     */
    static VrrpInstance watched(VrrpInstance instance, Fixed fixed) {
        Set<String> links = new LinkedHashSet<>();
        Stream.of(instance.addresses(), instance.excluded()).flatMap(List::stream).filter(Possession::tracked)
                .map(Possession::device).filter(device -> !Objects.equals(device, instance.device()))
                .forEach(device -> add(device, links));
        // dont_track_primary does not hold for them.
        Stream<Possession> others = Stream.of(instance.network().routes().stream(),
                instance.network().rules().stream(), fixed.needed().stream()
                        .filter(needed -> needed.instances().contains(instance.name())).map(Needed::possession))
                .flatMap(each -> each);
        others.filter(Possession::tracked).map(Possession::device)
                .filter(device -> instance.dontTrackPrimary() || !Objects.equals(device, instance.device()))
                .forEach(device -> add(device, links));
        add(instance.network().vrf(), links);
        Watching watching = instance.watching();
        List<Watched> interfaces = new ArrayList<>(watching.interfaces());
        links.forEach(link -> interfaces.add(new Watched(link, null, false)));
        return instance.watching(new Watching(interfaces, watching.scripts(), watching.files(), watching.processes(),
                watching.bfds()));
    }

    private static void add(@Nullable String device, Set<String> links) {
        if (device != null) {
            links.add(device);
        }
    }
}
