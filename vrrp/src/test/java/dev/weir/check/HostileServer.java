package dev.weir.check;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server that does with each connection what its script says, one step after the other, and then closes it. */
final class HostileServer implements AutoCloseable {
    /** One step. */
    interface Step {
        void take(Socket client) throws IOException, InterruptedException;
    }

    private static final int TLS_HANDSHAKE = 0x16;

    private final ServerSocket listener;
    private final Thread accepting;
    private final List<Step> script;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final Set<Socket> clients = ConcurrentHashMap.newKeySet();

    /** In the network namespace of the calling thread, on a port of its own of 127.0.0.1. */
    HostileServer(Step... script) throws IOException {
        this.script = List.of(script);
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        accepting = Thread.ofPlatform().daemon().name("hostile server").start(this::accept);
    }

    /** Bytes, each given as a character of ISO 8859-1, that leave as a segment of their own. */
    static Step send(String text) {
        return client -> {
            client.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            client.getOutputStream().flush();
        };
    }

    static Step pause(Duration time) {
        return _ -> Thread.sleep(time);
    }

    /** Says nothing more, and holds the connection. */
    static Step hold() {
        return pause(Duration.ofMinutes(5));
    }

    static Step reset() {
        return client -> {
            client.setSoLinger(true, 0);
            client.close();
        };
    }

    /** The same bytes until the client goes. */
    static Step forever(String text) {
        byte[] bytes = text.repeat(Math.max(1, 65536 / text.length())).getBytes(StandardCharsets.ISO_8859_1);
        return client -> {
            while (true) {
                client.getOutputStream().write(bytes);
            }
        };
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                clients.add(client);
                // No virtual thread: its carrier would stay in this network namespace, for whatever runs there next.
                Thread.ofPlatform().daemon().start(() -> serve(client));
            } catch (IOException e) {
                // It was closed.
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            client.setTcpNoDelay(true);
            requests.add(request(client.getInputStream()));
            for (Step step : script) {
                step.take(client);
            }
        } catch (IOException | InterruptedException e) {
            // The client went.
        } finally {
            clients.remove(client);
        }
    }

    private static String request(InputStream in) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0; next = in.read()) {
            bytes.write(next);
            String text = bytes.toString(StandardCharsets.ISO_8859_1);
            if (next == TLS_HANDSHAKE && bytes.size() == 1 || text.endsWith("\r\n\r\n")) {
                return text;
            }
        }
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    int port() {
        return listener.getLocalPort();
    }

    /** What clients sent, up to the empty line; of TLS the first byte. */
    List<String> requests() {
        return requests;
    }

    /** From now on connections are refused: the socket is there until nobody waits for it. */
    @Override
    public void close() throws IOException {
        listener.close();
        try {
            accepting.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (Socket client : clients) {
            client.close();
        }
    }
}
