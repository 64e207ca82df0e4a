package dev.weir.check;

import dev.weir.sys.RawSocket;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Answers the first question well or badly, the second, and so on, as its script says, and knows when each was asked. */
final class ScriptedServer implements AutoCloseable {
    private static final InetAddress HOME = InetAddress.getLoopbackAddress();
    private static final int TCP = 6;
    private static final int SYN = 2;
    private static final int FLAGS = 0x17;

    private final String script;
    private final List<Long> asked = new ArrayList<>();
    private final AtomicInteger port = new AtomicInteger();
    private final @Nullable Path file;
    private final List<Closeable> open = new ArrayList<>();
    private volatile boolean closed;

    /** What a server of its kind does with who connects. */
    private interface Talk {
        void with(Socket client, boolean well) throws IOException;
    }

    /**
     * Begins.
     *
     * @param kind   the checker's
     * @param script + and -, the last of them for ever
     * @param folder for files
     */
    ScriptedServer(String kind, String script, Path folder) throws IOException {
        this.script = script;
        this.file = kind.equals("MISC_CHECK") ? Files.createTempFile(folder, "asked", "") : null;
        switch (kind) {
            case "MISC_CHECK" -> port.set(80);
            case "TCP_CHECK" -> connections();
            case "SMTP_CHECK" -> talking((client, well) -> {
                say(client, well ? "220 hello\r\n" : "500 no\r\n");
                client.getInputStream().read(new byte[100]);
                say(client, "250 hello\r\n");
                client.getInputStream().read(new byte[100]);
                say(client, "221 bye\r\n");
            });
            case "HTTP_GET" -> talking((client, well) -> {
                client.getInputStream().read(new byte[1000]);
                say(client, "HTTP/1.0 " + (well ? "200 OK" : "500 no") + "\r\nContent-Length: 2\r\n\r\nx\n");
            });
            case "UDP_CHECK" -> datagrams(0, 2);
            case "DNS_CHECK" -> datagrams(3, 2);
            default -> throw new IllegalArgumentException(kind);
        }
    }

    int port() {
        return port.get();
    }

    /** For MISC_CHECK: a script that takes a third of a second. */
    String script() {
        return "/bin/sh -c 'date +%s%N >>" + file + "; sleep 0.3; case $(printf %s " + script
                + " | cut -c$(wc -l <" + file + ")) in -) exit 1; esac'";
    }

    /** When it was asked; nanoseconds of one clock. */
    List<Long> asked() throws IOException {
        synchronized (asked) {
            return file == null
                    ? List.copyOf(asked)
                    : Files.readAllLines(file).stream().map(Long::valueOf).toList();
        }
    }

    private boolean isWell(int question) {
        return script.charAt(Math.min(question, script.length() - 1)) == '+';
    }

    /** @return how to answer */
    private boolean ask() {
        synchronized (asked) {
            asked.add(System.nanoTime());
            return isWell(asked.size() - 1);
        }
    }

    private static void say(Socket client, String text) throws IOException {
        client.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private void talking(Talk talk) throws IOException {
        ServerSocket server = new ServerSocket(0, 50, HOME);
        open.add(server);
        port.set(server.getLocalPort());
        Thread.ofVirtual().start(() -> {
            while (!closed) {
                try (Socket client = server.accept()) {
                    talk.with(client, ask());
                } catch (IOException e) {
                    // It has gone, or the test is over.
                }
            }
        });
    }

    /** Echoes, and where it shall not be well changes the byte at a place. */
    private void datagrams(int place, int otherwise) throws IOException {
        DatagramSocket server = new DatagramSocket(new InetSocketAddress(HOME, 0));
        open.add(server);
        port.set(server.getLocalPort());
        Thread.ofVirtual().start(() -> {
            DatagramPacket packet = new DatagramPacket(new byte[1000], 1000);
            while (!closed) {
                try {
                    packet.setLength(1000);
                    server.receive(packet);
                    if (packet.getLength() > 2) {
                        packet.getData()[2] |= (byte) 0x80;
                    }
                    packet.getData()[place] ^= (byte) (ask() ? 0 : otherwise);
                    server.send(packet);
                } catch (IOException e) {
                    // The test is over.
                }
            }
        });
    }

    /** Listens or does not; a raw socket sees who tries. */
    private void connections() throws IOException {
        RawSocket raw = RawSocket.open(false, TCP, "SYNs of checks");
        ServerSocket first = new ServerSocket(0, 50, HOME);
        port.set(first.getLocalPort());
        if (!isWell(0)) {
            first.close();
        }
        Thread.ofPlatform().daemon().start(() -> {
            MemorySegment packet = Arena.ofAuto().allocate(2000);
            try (raw) {
                ServerSocket listening = first;
                while (!closed) {
                    int length = raw.receive(packet);
                    if (length < 0) {
                        Thread.sleep(2);
                    } else if (isSyn(packet, length)) {
                        listening = next(listening, ask());
                    }
                }
                listening.close();
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private ServerSocket next(ServerSocket listening, boolean well) throws IOException {
        if (well) {
            listening.accept().close();
        }
        boolean then;
        synchronized (asked) {
            then = isWell(asked.size());
        }
        if (well && !then) {
            listening.close();
        }
        return then && listening.isClosed() ? new ServerSocket(port(), 50, HOME) : listening;
    }

    private boolean isSyn(MemorySegment packet, int length) {
        int header = (packet.get(ValueLayout.JAVA_BYTE, 0) & 15) * 4;
        if (length < header + 20) {
            return false;
        }
        int to = (packet.get(ValueLayout.JAVA_BYTE, header + 2) & 0xff) << 8
                | packet.get(ValueLayout.JAVA_BYTE, header + 3) & 0xff;
        return to == port() && (packet.get(ValueLayout.JAVA_BYTE, header + 13) & FLAGS) == SYN;
    }

    @Override
    public void close() throws IOException {
        closed = true;
        for (Closeable one : open) {
            one.close();
        }
    }
}
