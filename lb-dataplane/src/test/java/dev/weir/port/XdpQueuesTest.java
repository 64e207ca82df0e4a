package dev.weir.port;

import static dev.weir.port.Frames.frame;
import static dev.weir.port.Frames.recover;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.sys.Ethtool;
import dev.weir.sys.Umem;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Interfaces of several queues, and who has them. */
@Tag("root")
class XdpQueuesTest extends XdpTestBed {
    XdpQueuesTest() {
        super(1500);
    }

    @Test
    void eachReceiveQueueHasItsSocket() throws Exception {
        close(c);
        open.remove(c);
        client.close();
        open.remove(client);
        queues(2);
        client = packets(left);
        c = xdp("c0", false);
        assertThat(director.inside(() -> Ethtool.of("c0")).receiveQueues()).isEqualTo(2);
        for (int i = 0; i < 14; i++) {
            client.transmit(frame(toDirector(60 + i), Offload.NONE));
        }
        client.flush();
        assertThat(forward(14)).isEqualTo(14);
        assertThat(receive(server, 14)).hasSize(14);
    }

    /** An interface of four queues, two for each worker, each of whom has memory of its own. */
    @Test
    void queuesAreSharedOutAmongWorkersAlsoWhenTheInterfaceCameBack() throws Exception {
        close(c);
        open.remove(c);
        client.close();
        open.remove(client);
        queues(4);
        XdpProgram program = new XdpProgram(XdpTestBed::everything, false);
        try (Umem otherMemory = new Umem(2 * SIZES.frames())) {
            XdpPort other = xdp("c0", otherMemory, program, XdpPort.Share.of(1, 2, 0));
            c = xdp("c0", umem, program, XdpPort.Share.of(0, 2, 0));
            bothReceive(c, other);
            queues(4);
            recover(director, other);
            recover(director, c);
            bothReceive(c, other);
            director.run("ip link set c0 address 02:00:00:00:07:07");
            // The kernel gives a queue free some time after its socket was closed; the worker tries once a second.
            for (int i = 0; i < 20; i++) {
                recover(director, c);
                recover(director, other);
                Thread.sleep(50);
            }
            bothReceive(c, other);
            open.remove(other);
            other.close();
        }
    }

    private void queues(int count) throws Exception {
        String queues = " numrxqueues " + count + " numtxqueues " + count;
        left.run("ip link del eth0; ip link add eth0" + queues + " type veth peer name c0 netns " + director.name()
                + queues + "; ip link set eth0 up");
        director.run("ip link set c0 up");
    }

    /** What sockets send, each from a port of its own, the kernel spreads over the queues. */
    private void bothReceive(XdpPort one, XdpPort other) throws Exception {
        int sent = 24;
        left.run("ip addr replace 10.9.9.1/24 dev eth0; ip neigh replace 10.9.9.2 dev eth0 lladdr "
                + director.run("cat /sys/class/net/c0/address").trim()
                + "; bash -c 'for port in $(seq " + sent + "); do echo x >/dev/udp/10.9.9.2/$port; done'");
        int first = 0;
        int second = 0;
        long deadline = System.nanoTime() + PATIENCE_NS;
        while (first + second < sent && System.nanoTime() - deadline < 0) {
            first += one.receive(Frames.burst(sent));
            one.release();
            second += other.receive(Frames.burst(sent));
            other.release();
        }
        assertThat(first + second).isEqualTo(sent);
        assertThat(List.of(first, second)).as("of one worker, and of the other").allMatch(count -> count > 0);
    }

    @Test
    void workersHaveAllQueuesInTurn() {
        for (int workers : new int[]{1, 2, 3, 5}) {
            for (int queues : new int[]{1, 2, 4, 7}) {
                int all = 0;
                for (int worker = 0; worker < workers; worker++) {
                    int own = XdpPort.Share.of(worker, workers, 1).of(queues);
                    assertThat(own).isBetween(queues / workers, (queues + workers - 1) / workers);
                    all += own;
                }
                assertThat(all).as("%d queues, %d workers", queues, workers).isEqualTo(queues);
                assertThat(XdpPort.Share.of(1 % workers, workers, 1).first()).as("who begins").isZero();
            }
        }
    }
}
