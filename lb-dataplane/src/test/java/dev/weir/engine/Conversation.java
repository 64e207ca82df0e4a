package dev.weir.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.port.MemoryPort;
import dev.weir.port.Offload;
import dev.weir.service.ClientAddress;
import dev.weir.wire.Checksum;
import dev.weir.wire.IpAddress;
import dev.weir.wire.VirtioNetHeader;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * One TCP connection through a {@link Lab} under FULLNAT, segment by segment: what each side sends, and what the other
 * gets of it, checksums verified.
 */
final class Conversation {
    static final String LOCAL = "192.168.0.101";
    static final String LOCAL6 = "2001:db8:5::65";
    static final int CLIENT_PORT = 40000;
    static final int CLIENT_FIRST = 1001;
    static final int SERVER_FIRST = 5001;
    static final byte[] NOTHING = {};
    private static final int TRANSPORT_CHECKSUM = 16;

    final Lab lab;
    final String client;
    final String vip;
    final String server;
    final String local;
    private byte[] options = NOTHING;
    /** The last that the server got: it answers there. */
    int localPort;

    private Conversation(Lab lab, boolean v4, boolean serverV4) {
        this.lab = lab;
        client = v4 ? Lab.CLIENT : Lab.CLIENT6;
        vip = v4 ? Lab.VIP : Lab.VIP6;
        server = serverV4 ? Lab.SERVER : Lab.SERVER6;
        local = serverV4 ? LOCAL : LOCAL6;
    }

    /** Before the first segment, of a service of its own. */
    static Conversation of(Lab lab, boolean v4, ClientAddress clientAddress) {
        return of(lab, v4, v4, clientAddress);
    }

    /** The same with a server of either family. */
    static Conversation of(Lab lab, boolean v4, boolean serverV4, ClientAddress clientAddress) {
        Conversation made = new Conversation(lab, v4, serverV4);
        lab.fullNat(made.vip, clientAddress, made.server, made.local);
        return made;
    }

    /** Those of the segments sent from now on, by either side. */
    Conversation options(int... bytes) {
        options = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            options[i] = (byte) bytes[i];
        }
        return this;
    }

    /** The whole handshake. @return what the server got of its last segment */
    List<Read> open() {
        fromClient(Packets.SYN, CLIENT_FIRST - 1, 0, NOTHING);
        Read syn = toServer().getFirst();
        fromServer(Packets.SYN | Packets.ACK, SERVER_FIRST - 1, syn.sequence() + 1, NOTHING);
        toClient();
        fromClient(Packets.ACK, CLIENT_FIRST, SERVER_FIRST, NOTHING);
        return toServer();
    }

    Conversation fromClient(int flags, int sequence, int acknowledgement, byte[] payload) {
        lab.client(clients(flags, sequence, acknowledgement, payload));
        return this;
    }

    byte[] clients(int flags, int sequence, int acknowledgement, byte[] payload) {
        return Packets.from(client, vip).tcpOptions(options).tcp(CLIENT_PORT, 80, flags, sequence, acknowledgement,
                payload);
    }

    /** With its checksum left to hardware, and its segmentation where {@code size} is not 0. */
    Conversation unfinished(int flags, int sequence, int acknowledgement, byte[] payload, int size) {
        byte[] frame = clients(flags, sequence, acknowledgement, payload);
        int transport = client.equals(Lab.CLIENT) ? 34 : 54;
        ByteBuffer.wrap(frame).putShort(transport + TRANSPORT_CHECKSUM,
                (short) Checksum.fold(Packets.pseudoHeaderSum(IpAddress.parse(client), IpAddress.parse(vip),
                        Packets.TCP, frame.length - transport)));
        int type = size == 0
                ? VirtioNetHeader.GSO_NONE
                : transport == 34 ? VirtioNetHeader.GSO_TCPV4 : VirtioNetHeader.GSO_TCPV6;
        lab.client(frame, new Offload(VirtioNetHeader.NEEDS_CSUM, type,
                size == 0 ? 0 : transport + 20 + options.length, size, transport, TRANSPORT_CHECKSUM));
        return this;
    }

    Conversation fromServer(int flags, int sequence, int acknowledgement, byte[] payload) {
        lab.server(Packets.from(server, local).tcpOptions(options).tcp(80, localPort, flags, sequence,
                acknowledgement, payload));
        return this;
    }

    /** What the server got since it was asked last, its checksums finished as the last hop does. */
    List<Read> toServer() {
        List<Read> got = lab.eth1.takeSent().stream().map(Conversation::finished).toList();
        if (!got.isEmpty()) {
            localPort = got.getLast().sourcePort();
        }
        return got;
    }

    List<Read> toClient() {
        return lab.eth0.takeSent().stream().map(Conversation::finished).toList();
    }

    private static Read finished(MemoryPort.Copy copy) {
        byte[] frame = copy.frame().clone();
        Offload offload = copy.offload();
        if ((offload.flags() & VirtioNetHeader.NEEDS_CSUM) != 0) {
            int start = offload.checksumStart();
            ByteBuffer.wrap(frame).putShort(start + offload.checksumOffset(),
                    (short) Packets.checksum(Packets.part(frame, start, frame.length), 0));
        }
        Read read = Read.of(frame).sound();
        if (offload.gsoType() != VirtioNetHeader.GSO_NONE) {
            assertThat(offload.headerLength()).as("bytes of all headers")
                    .isEqualTo(frame.length - read.payload().length);
        }
        return read;
    }
}
