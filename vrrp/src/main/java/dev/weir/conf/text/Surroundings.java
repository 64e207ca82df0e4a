package dev.weir.conf.text;

import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What reading a configuration asks of the machine, so that a test can answer.
 *
 * @param configId what @id conditions compare with: {@code -i}, or the host's name up to its first dot
 * @param instance what ${_INSTANCE} stands for
 */
public record Surroundings(String configId, String instance, Host host, RandomGenerator random) {
    private static final Set<PosixFilePermission> OTHERS = Set.of(PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE);

    /**
     * A file with a key.
     *
     * @param length  in bytes, without blanks and ends of lines around it
     * @param guarded whether no stranger may read or write it
     */
    public record KeyFile(int length, boolean guarded) {
    }

    /** Names that a configuration uses. */
    public interface Host {
        boolean hasInterface(String name);

        boolean isLoopback(String name);

        boolean hasMulticast(String name);

        boolean hasUser(String name);

        boolean hasGroup(String name);

        /** Whether that file is there and a regular file. */
        default boolean isFile(String path) {
            try {
                return Files.isRegularFile(Path.of(path));
            } catch (InvalidPathException e) {
                return false;
            }
        }

        /** What there is to say of a file with a key, or null where it cannot be read. */
        default @Nullable KeyFile keyFile(String path) {
            try {
                Path file = Path.of(path);
                boolean guarded = Files.getPosixFilePermissions(file).stream().noneMatch(OTHERS::contains);
                return new KeyFile(text(file).strip().length(), guarded);
            } catch (IOException | InvalidPathException e) {
                return null;
            }
        }

        /** Whether the host itself has this address. */
        default boolean hasAddress(IpAddress address) {
            try {
                return NetworkInterface.getByInetAddress(InetAddress.getByAddress(address.bytes())) != null;
            } catch (IOException e) {
                return false;
            }
        }

        int processors();
    }

    /** keepalived reads bytes; so does this, so that no file is refused for its encoding. */
    static String text(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.ISO_8859_1);
    }
}
