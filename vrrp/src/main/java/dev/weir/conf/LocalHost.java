package dev.weir.conf;

import dev.weir.conf.text.Surroundings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The machine that this runs on: its interfaces, users and files. */
public final class LocalHost implements Surroundings.Host {
    private static final Path INTERFACES = Path.of("/sys/class/net");
    /** linux/if.h. */
    private static final int IFF_LOOPBACK = 0x8;
    private static final int IFF_MULTICAST = 0x1000;

    /** Surroundings as keepalived has them without options. */
    public static Surroundings surroundings() {
        return surroundings(null);
    }

    /** @param id what @ID conditions compare with, or null: the host's name up to its first dot */
    public static Surroundings surroundings(@Nullable String id) {
        String name = name();
        int dot = name.indexOf('.');
        String host = dot < 0 ? name : name.substring(0, dot);
        return new Surroundings(id == null ? host : id, host, new LocalHost(), RandomGenerator.getDefault());
    }

    /** The host's name, whole; "localhost" where it has none. */
    public static String name() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            try {
                return InetAddress.getLocalHost().getHostName();
            } catch (UnknownHostException unknown) {
                return "localhost";
            }
        }
    }

    @Override
    public boolean hasInterface(String name) {
        return isName(name) && Files.exists(INTERFACES.resolve(name));
    }

    @Override
    public boolean isLoopback(String name) {
        return (flags(name) & IFF_LOOPBACK) != 0;
    }

    @Override
    public boolean hasMulticast(String name) {
        return (flags(name) & IFF_MULTICAST) != 0;
    }

    private static boolean isName(String name) {
        return !name.isEmpty() && !name.contains("/") && !name.contains("\0") && !name.equals(".")
                && !name.equals("..");
    }

    private static int flags(String name) {
        try {
            return isName(name)
                    ? Integer.decode(Files.readString(INTERFACES.resolve(name).resolve("flags")).strip())
                    : 0;
        } catch (IOException e) {
            return 0; // an interface that goes while it is looked at has no flags
        }
    }

    @Override
    public boolean hasUser(String name) {
        return isListed(Path.of("/etc/passwd"), name);
    }

    @Override
    public boolean hasGroup(String name) {
        return isListed(Path.of("/etc/group"), name);
    }

    private static boolean isListed(Path file, String name) {
        try {
            return Files.readAllLines(file, StandardCharsets.ISO_8859_1).stream()
                    .anyMatch(line -> line.startsWith(name + ":"));
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public int processors() {
        return Runtime.getRuntime().availableProcessors();
    }
}
