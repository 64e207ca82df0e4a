package dev.weir.engine;

import dev.weir.port.Port;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The opened interfaces by their index. There are few, so a walk is the quickest look-up. */
final class PortTable {
    private final Port[] ports;
    private final Port[] handBack;
    /** As frames name the ports: the indexes when they were opened. */
    private final int[] numbers;
    /** The interfaces now: one that was removed comes back with another index ({@link Port#recover}). */
    private final int[] indexes;
    private final long[] hardwareAddresses;

    PortTable(List<Port> ports, List<Port> handBack) {
        this.ports = ports.toArray(Port[]::new);
        this.handBack = handBack.toArray(Port[]::new);
        numbers = ports.stream().mapToInt(Port::interfaceIndex).toArray();
        indexes = numbers.clone();
        hardwareAddresses = ports.stream().mapToLong(Port::hardwareAddress).toArray();
    }

    /** Once a burst: takes note of interfaces that came back, and of other addresses; whether there were any. */
    boolean refresh() {
        boolean changed = false;
        for (int i = 0; i < indexes.length; i++) {
            int now = ports[i].interfaceIndex();
            changed |= now != indexes[i];
            indexes[i] = now;
            hardwareAddresses[i] = ports[i].hardwareAddress();
        }
        return changed;
    }

    /** The port of an interface, or null where it is not opened. */
    @Nullable
    Port find(int interfaceIndex) {
        for (int i = 0; i < indexes.length; i++) {
            if (indexes[i] == interfaceIndex) {
                return ports[i];
            }
        }
        return null;
    }

    /** That of the port that a frame came on, by its {@link dev.weir.wire.Frame#port}. */
    long hardwareAddress(int number) {
        return hardwareAddresses[place(number)];
    }

    /** Where frames go that came on a port and are the host's. */
    Port handBack(int number) {
        return handBack[place(number)];
    }

    /** Which of the ports a frame came on, from 0. */
    int place(int number) {
        for (int i = 0; i < numbers.length; i++) {
            if (numbers[i] == number) {
                return i;
            }
        }
        throw new IllegalArgumentException("a frame of port " + number + ", which there is not");
    }

    void flush() {
        for (Port port : ports) {
            port.flush();
        }
        for (Port port : handBack) {
            port.flush();
        }
    }
}
