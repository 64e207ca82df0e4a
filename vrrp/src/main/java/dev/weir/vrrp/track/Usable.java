package dev.weir.vrrp.track;

import dev.weir.conf.Configuration;
import dev.weir.conf.Definitions.SyncGroup;
import dev.weir.conf.VrrpInstance;
import dev.weir.conf.VrrpInstance.Watching;
import java.util.Set;

/** A configuration as if scripts that are not run were not watched. */
final class Usable {
    private Usable() {
    }

    static Configuration of(Configuration all, Set<String> scripts) {
        return new Configuration(all.globals(),
                all.scripts().stream().filter(script -> scripts.contains(script.name())).toList(), all.files(),
                all.processes(), all.groups().stream().map(group -> of(group, scripts)).toList(),
                all.instances().stream().map(instance -> of(instance, scripts)).toList(), all.servers(), all.lvs(),
                all.fixed(), all.linkDelays(), all.paces(), all.sync(), all.sourceNats(), all.bfds());
    }

    private static SyncGroup of(SyncGroup all, Set<String> scripts) {
        return new SyncGroup(all.name(), all.members(), of(all.watching(), scripts), all.notifications(),
                all.trackingWeight());
    }

    private static VrrpInstance of(VrrpInstance all, Set<String> scripts) {
        return all.watching(of(all.watching(), scripts));
    }

    private static Watching of(Watching all, Set<String> scripts) {
        return new Watching(all.interfaces(),
                all.scripts().stream().filter(watched -> scripts.contains(watched.name())).toList(), all.files(),
                all.processes(), all.bfds());
    }
}
