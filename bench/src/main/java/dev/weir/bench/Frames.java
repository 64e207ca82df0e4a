package dev.weir.bench;

import dev.weir.service.Protocol;
import dev.weir.wire.Transport;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;

/** Model frames of 60 bytes, 64 on the wire, between clients of 10.1.0.0/16, 10.0.0.2 and 192.168.0.10. */
final class Frames {
    static final int CLIENTS = 0x0a01_0000;
    static final int FIRST_PORT = 1024;
    static final long ETH0 = 0x02_00_00_00_00_01L;
    static final long ETH1 = 0x02_00_00_00_00_02L;
    static final int ACK = 0x10;
    static final int SYN = 0x02;
    private static final int VIRTUAL = 0x0a00_0002;
    private static final int SERVER = 0xc0a8_000a;

    private Frames() {
    }

    private static byte[] request(int protocol, int tcpFlags) {
        return frame(ETH0, protocol, CLIENTS, FIRST_PORT, VIRTUAL, 80, tcpFlags);
    }

    private static byte[] reply(int protocol, int tcpFlags) {
        return frame(ETH1, protocol, SERVER, 80, CLIENTS, FIRST_PORT, tcpFlags);
    }

    /** The port of clients, or of servers, that receives one frame after another of the clients that {@code clients} names. */
    static LoopPort port(Arena arena, boolean ofServers, Protocol protocol, int tcpFlags, LoopPort.Clients clients) {
        return ofServers
                ? new LoopPort(arena, 3, ETH1, reply(protocol.number(), tcpFlags), true, clients)
                : new LoopPort(arena, 2, ETH0, request(protocol.number(), tcpFlags), false, clients);
    }

    private static byte[] frame(long to, int protocol, int source, int sourcePort, int destination, int destinationPort,
            int tcpFlags) {
        ByteBuffer frame = ByteBuffer.allocate(60);
        frame.putShort((short) (to >>> 32)).putInt((int) to).putShort((short) 0x0200).putInt(0x0c0a)
                .putShort((short) 0x0800);
        frame.putShort((short) 0x4500).putShort((short) 46).putInt(0x4000).putShort((short) (0x4000 | protocol))
                .putShort((short) 0).putInt(source).putInt(destination);
        frame.putShort((short) sourcePort).putShort((short) destinationPort);
        if (protocol == Transport.UDP) {
            frame.putShort((short) 26).putShort((short) 0x1234);
        } else {
            frame.putLong(0).putShort((short) (0x5000 | tcpFlags)).putShort((short) 1000);
        }
        return frame.array();
    }
}
