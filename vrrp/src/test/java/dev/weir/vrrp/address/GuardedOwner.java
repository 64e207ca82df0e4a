package dev.weir.vrrp.address;

import dev.weir.conf.Configuration;
import dev.weir.conf.KeepalivedConf;
import dev.weir.conf.LocalHost;
import dev.weir.sys.Guardian;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** A process that a test kills or stops: it owns all that the file given has, shows that it lives, and waits for its end. */
final class GuardedOwner {
    /** Without a sign of life, after which the addresses go. */
    static final int PATIENCE_SECONDS = 3;

    private GuardedOwner() {
    }

    public static void main(String[] files) throws Exception {
        Guardian guardian = Guardian.start();
        Configuration configuration = KeepalivedConf.read(Path.of(files[0]), LocalHost.surroundings())
                .configuration();
        UndoLog undo = UndoLog.of(guardian);
        try (Owner owner = Owner.open(undo)) {
            owner.configure(configuration);
            configuration.instances().forEach(instance -> owner.own(instance.name()));
            System.out.println("ready");
            Thread life = Thread.ofPlatform().daemon().start(() -> showLife(undo));
            System.in.read();
            life.interrupt();
        }
        guardian.leave(true);
    }

    private static void showLife(UndoLog undo) {
        try {
            while (true) {
                undo.alive(PATIENCE_SECONDS);
                Thread.sleep(500);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
