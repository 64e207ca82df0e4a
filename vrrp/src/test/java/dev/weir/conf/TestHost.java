package dev.weir.conf;

import dev.weir.conf.text.Surroundings;
import dev.weir.conf.text.Surroundings.KeyFile;
import dev.weir.wire.IpAddress;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A machine with lo, eth0 and eth1; 10.1.0.1; root, nobody and nogroup; keys; and else the files of the machine that runs
 * the test.
 */
final class TestHost implements Surroundings.Host {
    static Surroundings surroundings() {
        return surroundings("node1");
    }

    static Surroundings surroundings(String id) {
        return new Surroundings(id, id, new TestHost(), new Random(1));
    }

    static KeepalivedConf read(String text) {
        return KeepalivedConf.read(text, "keepalived.conf", Path.of("/nonexistent"), surroundings());
    }

    @Override
    public boolean hasInterface(String name) {
        return Set.of("lo", "eth0", "eth1").contains(name);
    }

    @Override
    public boolean isLoopback(String name) {
        return name.equals("lo");
    }

    @Override
    public boolean hasMulticast(String name) {
        return !name.equals("lo");
    }

    @Override
    public boolean hasUser(String name) {
        return Set.of("root", "nobody").contains(name);
    }

    @Override
    public boolean hasGroup(String name) {
        return Set.of("root", "nogroup").contains(name);
    }

    @Override
    public @Nullable KeyFile keyFile(String path) {
        return switch (path) {
            case "/tmp/weir-conf-key" -> new KeyFile(44, true);
            case "/tmp/weir-conf-open" -> new KeyFile(44, false);
            case "/tmp/weir-conf-short" -> new KeyFile(8, true);
            case "keepalived.conf" -> new KeyFile(1000, false);
            default -> null;
        };
    }

    @Override
    public boolean hasAddress(IpAddress address) {
        return address.equals(IpAddress.parse("10.1.0.1"));
    }

    @Override
    public int processors() {
        return Runtime.getRuntime().availableProcessors();
    }
}
