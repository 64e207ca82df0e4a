package dev.weir.sync;

import dev.weir.connection.ConnectionCopy;
import dev.weir.connection.Connections;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Transport;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Connections for tests, as a worker would copy them. */
final class Copies {
    private Copies() {
    }

    static ConnectionCopy tcp(int clientPort) {
        ConnectionCopy copy = new ConnectionCopy();
        addresses(copy, IpAddress.parse("172.25.254.10"), IpAddress.parse("172.25.254.200"),
                IpAddress.parse("192.168.0.10"));
        copy.protocol = Transport.TCP;
        copy.state = 1;
        copy.clientPort = clientPort;
        copy.virtualPort = 80;
        copy.serverPort = 8080;
        copy.timeout = 900;
        return copy;
    }

    static ConnectionCopy tcp6(int clientPort) {
        ConnectionCopy copy = tcp(clientPort);
        copy.v6 = true;
        addresses(copy, IpAddress.parse("2001:db8:c::10"), IpAddress.parse("2001:db8:c::200"),
                IpAddress.parse("2001:db8:5::a"));
        copy.flags = Connections.DIRECT | Connections.NO_OUTPUT;
        return copy;
    }

    static ConnectionCopy call(String id) {
        ConnectionCopy copy = tcp(0);
        copy.protocol = Transport.UDP;
        copy.flags = Connections.TEMPLATE | Connections.INACTIVE;
        copy.state = 0;
        byte[] bytes = id.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(bytes, 0, copy.engineData, 0, bytes.length);
        copy.engineDataLength = bytes.length;
        return copy;
    }

    /** Any connection that a director may have. */
    static ConnectionCopy any(Random random) {
        ConnectionCopy copy = random.nextInt(4) == 0
                ? call("call-" + random.nextInt(1 << random.nextInt(20)))
                : random.nextBoolean() ? tcp(random.nextInt(65_536)) : tcp6(random.nextInt(65_536));
        copy.timeout = random.nextInt();
        copy.mark = random.nextInt(3) == 0 ? random.nextInt() : 0;
        copy.timeout &= Integer.MAX_VALUE;
        if (!copy.isTemplate()) {
            copy.state = random.nextInt(11);
            copy.flags |= random.nextBoolean() ? Connections.INACTIVE : 0;
            copy.adjusted = random.nextInt(4) == 0;
            for (int i = 0; copy.adjusted && i < Message.SEQUENCE_WORDS; i++) {
                copy.adjustment[i] = random.nextInt() | 1;
            }
        }
        return copy;
    }

    private static void addresses(ConnectionCopy copy, IpAddress client, IpAddress virtual, IpAddress server) {
        copy.clientHigh = client.high();
        copy.clientLow = client.low();
        copy.virtualHigh = virtual.high();
        copy.virtualLow = virtual.low();
        copy.serverHigh = server.high();
        copy.serverLow = server.low();
    }

    /** What of a connection the protocol carries. */
    static String text(ConnectionCopy copy) {
        StringBuilder text = new StringBuilder(200);
        text.append(copy.protocol).append(' ').append(Integer.toHexString(copy.flags)).append(' ').append(copy.state)
                .append(' ').append(new IpAddress(copy.clientHigh, copy.clientLow)).append(' ')
                .append(copy.clientPort).append(' ').append(new IpAddress(copy.virtualHigh, copy.virtualLow))
                .append(' ').append(copy.virtualPort).append(' ')
                .append(new IpAddress(copy.serverHigh, copy.serverLow)).append(' ').append(copy.serverPort)
                .append(" mark ").append(copy.mark).append(' ').append(copy.timeout).append(" s");
        for (int i = 0; copy.adjusted && i < Message.SEQUENCE_WORDS; i++) {
            text.append(' ').append(copy.adjustment[i]);
        }
        return text.append(' ').append(new String(copy.engineData, 0, copy.engineDataLength,
                StandardCharsets.ISO_8859_1)).toString();
    }
}
