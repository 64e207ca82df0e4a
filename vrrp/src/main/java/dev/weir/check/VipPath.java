package dev.weir.check;

import dev.weir.conf.VirtualServer.RealServer;
import dev.weir.conf.VirtualServer.Service;
import dev.weir.wire.IpAddress;
import java.io.IOException;

/**
 * For {@code check_path vip}: ways through the dataplane on which packets to a virtual address reach one server, forwarded
 * as clients' packets are, and its answers come back. {@code tools/lbd} has the other side.
 */
public interface VipPath {
    /**
     * Any thread; the caller closes it when the check is not wanted any more.
     *
     * @throws IOException where there is no such way: why, and what to do
     */
    Way open(Service service, RealServer server) throws IOException;

    /** A socket that is bound to the device and to the source, and connects to the virtual address, talks to that server. */
    interface Way extends AutoCloseable {
        /** The interface to bind to (SO_BINDTODEVICE). */
        String device();

        /** The address to bind to. */
        IpAddress source();

        /** The address to connect to: it stands for the virtual address and that server, and no other way has it. */
        IpAddress destination();

        /** The virtual address, for messages and Host headers. */
        IpAddress virtual();

        /** The port to connect to where the check names none. */
        int port();

        /** What the dataplane saw of the last attempt, for the message about a failure: what came back, or that nothing did. */
        String seen();

        @Override
        void close();
    }
}
