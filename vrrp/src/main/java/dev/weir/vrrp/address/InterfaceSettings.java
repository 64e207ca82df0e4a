package dev.weir.vrrp.address;

import dev.weir.sys.Guardian.By;
import dev.weir.vrrp.address.UndoLog.Undo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Settings of IPv4 (net.ipv4), of interfaces and of the host, in the network namespace of the calling thread, and what they were. */
final class InterfaceSettings implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(InterfaceSettings.class);
    private static final Path ROOT = Path.of("/proc/sys");
    private static final Path HOST = Path.of("net/ipv4");
    private static final Path FOLDER = HOST.resolve("conf");
    private static final int STRICT = 1;
    private static final int LOOSE = 2;

    private final UndoLog undo;
    /** By file below /proc/sys, what stood there before. */
    private final Map<Path, String> before = new LinkedHashMap<>();

    InterfaceSettings(UndoLog undo) {
        this.undo = undo;
    }

    /** Of an interface that goes with us. */
    void put(String device, String name, int value) {
        write(FOLDER.resolve(device).resolve(name), String.valueOf(value));
    }

    /** Of an interface that stays: {@link #restore} puts back what stood there. */
    void set(String device, String name, int value) {
        change(FOLDER.resolve(device).resolve(name), value);
    }

    /** Of the host; {@link #restoreOfHost} puts back what stood there. */
    void setOfHost(String name, int value) {
        change(HOST.resolve(name), value);
    }

    void restoreOfHost(String name) {
        restore(HOST.resolve(name));
    }

    private void change(Path file, int value) {
        try {
            String old = Files.readString(ROOT.resolve(file)).strip();
            if (old.equals(String.valueOf(value))) {
                return;
            }
            // An interface that is made anew has lost what was set, and what it was before is known already.
            if (!before.containsKey(file)) {
                undo.willDo(undo(file, old));
                before.put(file, old);
            }
            write(file, String.valueOf(value));
        } catch (IOException e) {
            LOG.warn("{} could not be set to {}: {}", file, value, e.getMessage());
        }
    }

    private static Undo undo(Path file, String old) {
        return new Undo(By.SYSCTL, file + " " + old);
    }

    /**
     * Lets packets of clients in to whom the way leads through another interface. The kernel takes the larger of the
     * interface's own rp_filter and that of all; so where all are strict the interface is loose, and all stay as they are.
     */
    void looseSource(String device) {
        try {
            boolean strict = Integer.parseInt(Files.readString(ROOT.resolve(FOLDER).resolve("all/rp_filter"))
                    .strip()) == STRICT;
            put(device, "rp_filter", strict ? LOOSE : 0);
        } catch (IOException | NumberFormatException e) {
            LOG.warn("net.ipv4.conf.all.rp_filter could not be read: {}", e.getMessage());
        }
    }

    void restore(String device) {
        Path folder = FOLDER.resolve(device);
        List.copyOf(before.keySet()).stream().filter(file -> file.startsWith(folder)).forEach(this::restore);
    }

    private void restore(Path file) {
        String old = before.remove(file);
        if (old == null) {
            return;
        }
        write(file, old);
        try {
            undo.undone(undo(file, old));
        } catch (IOException e) {
            LOG.debug("the guardian is not there any more: {}", e.getMessage());
        }
    }

    private static void write(Path file, String value) {
        try {
            Files.writeString(ROOT.resolve(file), value);
        } catch (IOException e) {
            LOG.warn("{} could not be set to {}: {}", ROOT.resolve(file), value, e.getMessage());
        }
    }

    @Override
    public void close() {
        List.copyOf(before.keySet()).forEach(this::restore);
    }
}
