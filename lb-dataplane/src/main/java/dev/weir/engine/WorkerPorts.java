package dev.weir.engine;

import dev.weir.port.Port;
import java.util.List;

/**
 * One worker's ways in and out. All workers of a director have the same interfaces, in the same order.
 *
 * @param ports    the interfaces opened
 * @param handBack for each port, where frames go that came on it and are the host's; their receiving side is not used
 */
public record WorkerPorts(List<Port> ports, List<Port> handBack) {
    public WorkerPorts {
        if (ports.size() != handBack.size()) {
            throw new IllegalArgumentException("each port needs its hand-back port");
        }
        ports = List.copyOf(ports);
        handBack = List.copyOf(handBack);
    }
}
