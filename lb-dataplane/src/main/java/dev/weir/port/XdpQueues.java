package dev.weir.port;

import dev.weir.sys.Ethtool;
import dev.weir.sys.Link;
import dev.weir.sys.Umem;
import dev.weir.sys.XdpSocket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an {@link XdpPort} has in the kernel while its interface lives: a socket for each receive queue that is its
 * worker's. All of it goes with the process.
 */
final class XdpQueues implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(XdpQueues.class);

    private final XdpProgram.Place place;
    private final XdpSocket[] sockets;
    /** Whether the interface's MTU allows frames that one frame of the memory does not hold. */
    private final boolean longFrames;
    private volatile boolean closed;

    private XdpQueues(XdpProgram.Place place, XdpSocket[] sockets, boolean longFrames) {
        this.place = place;
        this.sockets = sockets;
        this.longFrames = longFrames;
    }

    static XdpQueues open(Link link, Umem umem, XdpPort.Settings settings, XdpProgram program, XdpPort.Share share)
            throws IOException {
        int all = Ethtool.of(link.name()).receiveQueues();
        XdpProgram.Place place = program.on(link, all);
        XdpSocket.Mode mode = new XdpSocket.Mode(settings.copy() || program.isGeneric(), settings.busyPoll(),
                hasLongFrames(link));
        List<XdpSocket> sockets = new ArrayList<>();
        try {
            for (int queue = share.first(); queue < all; queue += share.step()) {
                XdpSocket socket = XdpSocket.open(link, queue, umem, settings.sizes(), mode);
                sockets.add(socket);
                place.sockets().put(queue, socket.descriptor());
            }
        } catch (IOException e) {
            sockets.forEach(XdpSocket::close);
            throw e;
        }
        if (!sockets.isEmpty()) {
            LOG.info("{}: AF_XDP on {} of {} receive queue{}, program in {}, {}{}{}", link.name(), sockets.size(), all,
                    all == 1 ? "" : "s", program.isGeneric() ? "generic mode" : "the driver (native mode)",
                    sockets.getFirst().isZeroCopy() ? "zero-copy" : "frames are copied",
                    sockets.getFirst().takesPieces() ? ", long ones in several pieces" : "",
                    sockets.getFirst().isBusyPolling() ? ", busy polling preferred" : "");
        }
        return new XdpQueues(place, sockets.toArray(XdpSocket[]::new), hasLongFrames(link));
    }

    private static boolean hasLongFrames(Link link) {
        return link.mtu() > Umem.LARGEST_PACKET;
    }

    /** Whether the interface as it is now would get sockets of the same kind. */
    boolean suit(Link now) {
        return longFrames == hasLongFrames(now);
    }

    /** Whether the kernel refused to take long frames in several pieces: they are lost. */
    boolean loseLongFrames() {
        return longFrames && !Arrays.stream(sockets).allMatch(XdpSocket::takesPieces);
    }

    /** Where its sockets are redirected to. */
    XdpProgram.Place place() {
        return place;
    }

    /** Of sockets that can be used: none once closed. */
    int count() {
        return closed ? 0 : sockets.length;
    }

    /** Of the sockets: none once closed. */
    int[] descriptors() {
        return Arrays.stream(sockets).limit(count()).mapToInt(XdpSocket::descriptor).toArray();
    }

    XdpSocket socket(int i) {
        return sockets[i];
    }

    /** By which frames go out. */
    XdpSocket first() {
        return sockets[0];
    }

    long drops() {
        long drops = 0;
        for (XdpSocket socket : sockets) {
            drops += socket.drops();
        }
        return drops;
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            for (XdpSocket socket : sockets) {
                socket.close();
            }
        }
    }
}
