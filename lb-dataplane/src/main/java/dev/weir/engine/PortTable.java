package dev.weir.engine;

import dev.weir.port.Port;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The opened interfaces by their index. There are few, so a walk is the quickest look-up. */
final class PortTable {
    private final Port[] ports;
    private final Port[] handBack;
    private final int[] indexes;

    PortTable(List<Port> ports, List<Port> handBack) {
        if (ports.size() != handBack.size()) {
            throw new IllegalArgumentException("each port needs its hand-back port");
        }
        this.ports = ports.toArray(Port[]::new);
        this.handBack = handBack.toArray(Port[]::new);
        indexes = ports.stream().mapToInt(Port::interfaceIndex).toArray();
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

    /** The port that a frame came on. */
    Port port(int interfaceIndex) {
        return ports[place(interfaceIndex)];
    }

    /** Where frames go that came on an interface and are the host's. */
    Port handBack(int interfaceIndex) {
        return handBack[place(interfaceIndex)];
    }

    private int place(int interfaceIndex) {
        for (int i = 0; i < indexes.length; i++) {
            if (indexes[i] == interfaceIndex) {
                return i;
            }
        }
        throw new IllegalArgumentException("a frame of interface " + interfaceIndex + ", which is not opened");
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
