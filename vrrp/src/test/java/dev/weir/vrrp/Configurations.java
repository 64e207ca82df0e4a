package dev.weir.vrrp;

import dev.weir.conf.Configuration;
import dev.weir.conf.KeepalivedConf;
import dev.weir.conf.VrrpInstance;
import dev.weir.conf.text.Surroundings;
import java.nio.file.Path;
import java.util.Random;

/** Reads what stands in a keepalived.conf, on a host that has all interfaces and users. */
public final class Configurations {
    private Configurations() {
    }

    public static Configuration read(String text) {
        Surroundings surroundings = new Surroundings("node1", "node1", new AnyHost(), new Random(1));
        return KeepalivedConf.read(text, "keepalived.conf", Path.of("/nonexistent"), surroundings).configuration();
    }

    /** The only instance, of what stands in its block. */
    public static VrrpInstance instance(String settings) {
        return read("vrrp_instance VI_1 {\ninterface eth0\n" + settings + "\n}\n").instances().getFirst();
    }

    private static final class AnyHost implements Surroundings.Host {
        @Override
        public boolean hasInterface(String name) {
            return true;
        }

        @Override
        public boolean isLoopback(String name) {
            return false;
        }

        @Override
        public boolean hasMulticast(String name) {
            return true;
        }

        @Override
        public boolean hasUser(String name) {
            return true;
        }

        @Override
        public boolean hasGroup(String name) {
            return true;
        }

        @Override
        public int processors() {
            return 2;
        }
    }
}
