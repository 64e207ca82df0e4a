package dev.weir.lbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.port.MemoryPort;
import dev.weir.port.Port;
import dev.weir.port.WrappedPort;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the log is told of frames that no drop reason counts. */
class LossWatchTest {
    private static final long HARDWARE_ADDRESS = 0x02_00_00_00_00_01L;

    private final Lossy first = new Lossy(new MemoryPort("eth0", 1, HARDWARE_ADDRESS));
    private final Lossy second = new Lossy(new MemoryPort("eth0", 1, HARDWARE_ADDRESS));
    private final Lossy inside = new Lossy(new MemoryPort("eth1", 2, HARDWARE_ADDRESS));
    private final List<String> told = new ArrayList<>();
    private final LossWatch watch = new LossWatch(List.of(first, inside, second), told::add);

    private static final class Lossy extends WrappedPort {
        private long receiveDrops;
        private long transmitErrors;

        Lossy(Port port) {
            super(port);
        }

        @Override
        public long receiveDrops() {
            return receiveDrops;
        }

        @Override
        public long transmitErrors() {
            return transmitErrors;
        }
    }

    private List<String> look() {
        told.clear();
        watch.look();
        return told;
    }

    @Test
    void framesThatFoundNoRoomAreToldOfWhenItBeginsAndWhenItIsOver() {
        assertThat(look()).isEmpty();
        first.receiveDrops = 5;
        second.receiveDrops = 2;
        assertThat(look()).containsExactly("eth0: frames are lost: 7 found no room when they came, since the worker was"
                + " late; give each worker a processor that nothing else needs (--cpus), or take more workers (--workers)");
        second.receiveDrops = 10;
        assertThat(look()).as("more of the same").isEmpty();
        for (int i = 1; i < Rise.QUIET; i++) {
            assertThat(look()).isEmpty();
        }
        assertThat(look()).containsExactly("eth0: no frame is lost any more; 15 found no room when they came");
        first.receiveDrops = 6;
        assertThat(look()).singleElement().asString().startsWith("eth0: frames are lost: 1 found no room");
    }

    @Test
    void framesThatTheKernelRefusedToSendAreToldOfForEachInterface() {
        first.transmitErrors = 1;
        inside.transmitErrors = 3;
        assertThat(look()).containsExactly(
                "eth0: the kernel refused to send 1 frames; is the interface up, and as fast as those that frames come by?",
                "eth1: the kernel refused to send 3 frames; is the interface up, and as fast as those that frames come by?");
    }
}
