package dev.weir.lbd;

import dev.weir.port.Port;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Tells of frames that no drop reason counts: that an interface had no room for when they came, for its worker was late, and
 * that the kernel refused to send. The control thread looks.
 */
final class LossWatch {
    /** Seconds between two looks. */
    static final int INTERVAL = 5;

    private final List<Interface> interfaces = new ArrayList<>();

    private record Interface(List<Port> ports, Rise received, Rise sent) {
        void look() {
            received.look(ports.stream().mapToLong(Port::receiveDrops).sum());
            sent.look(ports.stream().mapToLong(Port::transmitErrors).sum());
        }
    }

    /**
     * @param ports of all workers
     * @param told  a line for the log
     */
    LossWatch(List<Port> ports, Consumer<String> told) {
        Map<String, List<Port>> byName = new TreeMap<>();
        ports.forEach(port -> byName.computeIfAbsent(port.name(), _ -> new ArrayList<>()).add(port));
        byName.forEach((name, own) -> interfaces.add(new Interface(own,
                new Rise(count -> name + ": frames are lost: " + count
                        + " found no room when they came, since the worker"
                        + " was late; give each worker a processor that nothing else needs (--cpus), or take more"
                        + " workers (--workers)",
                        count -> name + ": no frame is lost any more; " + count + " found no room when they came",
                        told),
                new Rise(
                        count -> name + ": the kernel refused to send " + count + " frames; is the interface up, and as"
                                + " fast as those that frames come by?",
                        count -> name + ": frames are sent again; the kernel refused " + count, told))));
    }

    void look() {
        interfaces.forEach(Interface::look);
    }
}
