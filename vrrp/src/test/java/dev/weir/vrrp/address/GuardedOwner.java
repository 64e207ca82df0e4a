package dev.weir.vrrp.address;

import dev.weir.conf.Configuration;
import dev.weir.conf.KeepalivedConf;
import dev.weir.conf.LocalHost;
import dev.weir.sys.Guardian;
import java.nio.file.Path;

/** A process that a test kills: it owns all that the file given has, and waits for its end. */
final class GuardedOwner {
    private GuardedOwner() {
    }

    public static void main(String[] files) throws Exception {
        Guardian guardian = Guardian.start();
        Configuration configuration = KeepalivedConf.read(Path.of(files[0]), LocalHost.surroundings())
                .configuration();
        try (Owner owner = Owner.open(UndoLog.of(guardian))) {
            owner.configure(configuration);
            configuration.instances().forEach(instance -> owner.own(instance.name()));
            System.out.println("ready");
            System.in.read();
        }
        guardian.leave(true);
    }
}
