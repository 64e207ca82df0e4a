package dev.weir.port;

import dev.weir.sys.NetworkNamespace;
import dev.weir.wire.Frame;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** Frames, and wires for them, for the tests of ports. */
final class Frames {
    /** Until the end: what a port has queued is known to it by its address alone. */
    private static final Arena ARENA = Arena.ofAuto();

    private Frames() {
    }

    /** A namespace that says nothing by itself. */
    static NetworkNamespace quietNamespace(String name) {
        NetworkNamespace namespace = NetworkNamespace.create(name);
        namespace.run("for file in /proc/sys/net/ipv6/conf/*/disable_ipv6; do test ! -e $file || echo 1 > $file; done");
        return namespace;
    }

    /** Skips the test, or fails it in continuous integration, where a program is missing. */
    static void requireProgram(String name) {
        boolean found = Stream.of("/usr/sbin/", "/sbin/", "/usr/bin/").anyMatch(
                folder -> Files.isExecutable(Path.of(folder + name)));
        String message = "needs the program " + name + ": install the package of that name";
        if ("true".equals(System.getenv("CI"))) {
            Assertions.assertTrue(found, message);
        }
        Assumptions.assumeTrue(found, message);
    }

    /** Joins two by a pair of veth interfaces, both up, with offloads as the kernel gives them. */
    static void join(NetworkNamespace left, String leftName, NetworkNamespace right, String rightName) {
        left.run("ip link add " + leftName + " type veth peer name " + rightName + " netns " + right.name());
        left.run("ip link set " + leftName + " up");
        right.run("ip link set " + rightName + " up");
    }

    /** As the worker does, in the port's namespace. */
    static void recover(NetworkNamespace namespace, Port port) throws Exception {
        namespace.inside(() -> {
            port.recover();
            return true;
        });
    }

    /** A frame in memory that no port has. */
    static Frame frame(byte[] bytes, Offload offload) {
        MemorySegment memory = ARENA.allocate(Frame.HEADROOM + bytes.length, 8);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, Frame.HEADROOM, bytes.length);
        offload.write(memory, Frame.HEADROOM);
        Frame frame = new Frame();
        frame.set(memory, Frame.HEADROOM, bytes.length, 0);
        return frame;
    }

    static Frame[] burst(int length) {
        Frame[] burst = new Frame[length];
        Arrays.setAll(burst, _ -> new Frame());
        return burst;
    }

    /** @param payload so many bytes after the header, each its number's low byte */
    static byte[] ethernet(long destination, long source, int type, int payload) {
        byte[] frame = new byte[14 + payload];
        count(addresses(ByteBuffer.wrap(frame), destination, source).putShort((short) type));
        return frame;
    }

    static byte[] tagged(long destination, long source, int tpid, int tci, int type, int payload) {
        byte[] frame = new byte[18 + payload];
        count(addresses(ByteBuffer.wrap(frame), destination, source).putShort((short) tpid).putShort((short) tci)
                .putShort((short) type));
        return frame;
    }

    static void addresses(Frame frame, long destination, long source) {
        addresses(frame.memory().asSlice(frame.start(), 12).asByteBuffer(), destination, source);
    }

    /** The EtherType, or the TPID of a tag. */
    static int type(Frame frame) {
        return frame.memory().asSlice(frame.start(), 14).asByteBuffer().getShort(12) & 0xffff;
    }

    private static ByteBuffer addresses(ByteBuffer bytes, long destination, long source) {
        bytes.putShort((short) (destination >>> 32)).putInt((int) destination);
        return bytes.putShort((short) (source >>> 32)).putInt((int) source);
    }

    private static void count(ByteBuffer bytes) {
        for (int i = 0; bytes.hasRemaining(); i++) {
            bytes.put((byte) i);
        }
    }
}
