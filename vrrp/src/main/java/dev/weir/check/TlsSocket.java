package dev.weir.check;

import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** TLS over a check's connection. */
final class TlsSocket implements Duplex {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final CheckSocket socket;
    private final SSLEngine engine;
    /** Received and not decrypted yet, from its position to its limit. */
    private ByteBuffer received;
    private ByteBuffer decrypted;
    private ByteBuffer encrypted;

    private TlsSocket(CheckSocket socket, SSLEngine engine) {
        this.socket = socket;
        this.engine = engine;
        int packet = engine.getSession().getPacketBufferSize();
        received = ByteBuffer.allocate(packet).flip();
        encrypted = ByteBuffer.allocate(packet);
        decrypted = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize()).flip();
    }

    /**
     * Shakes hands.
     *
     * @param socket closed with what this returns, or where it fails
     * @param name   for SNI, or null
     */
    static TlsSocket over(CheckSocket socket, Tls tls, @Nullable String name, Deadline deadline)
            throws IOException, InterruptedException {
        try {
            TlsSocket made = new TlsSocket(socket, tls.engine(name));
            made.engine.beginHandshake();
            made.shakeHands(deadline);
            return made;
        } catch (SSLException e) {
            socket.close();
            throw new IOException("TLS handshake failed: " + e.getMessage(), e);
        } catch (IOException | InterruptedException e) {
            socket.close();
            throw e;
        }
    }

    private void shakeHands(Deadline deadline) throws IOException, InterruptedException {
        while (true) {
            switch (engine.getHandshakeStatus()) {
                case NEED_TASK -> {
                    for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
                        task.run();
                    }
                }
                case NEED_WRAP -> send(NOTHING, deadline);
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    if (!unwrap(deadline)) {
                        throw new SSLException("the server ended the connection");
                    }
                }
                default -> {
                    return;
                }
            }
        }
    }

    @Override
    public int read(byte[] into, int offset, int length, Deadline deadline) throws IOException, InterruptedException {
        try {
            while (!decrypted.hasRemaining()) {
                if (!unwrap(deadline)) {
                    return -1;
                }
                // Tickets and new keys of TLS 1.3 come at any time.
                shakeHands(deadline);
            }
        } catch (SSLException e) {
            throw new IOException("TLS: " + e.getMessage(), e);
        } catch (SocketException e) {
            // Reset: an end like others, as for keepalived, which in the clear takes it for a failure.
            return -1;
        }
        int count = Math.min(length, decrypted.remaining());
        decrypted.get(into, offset, count);
        return count;
    }

    /**
     * Takes one record. One that ends without a farewell has ended, as for keepalived.
     *
     * @return whether the other side says more
     */
    private boolean unwrap(Deadline deadline) throws IOException, InterruptedException {
        while (true) {
            decrypted.compact();
            SSLEngineResult result;
            try {
                result = engine.unwrap(received, decrypted);
            } finally {
                decrypted.flip();
            }
            switch (result.getStatus()) {
                case OK -> {
                    return true;
                }
                case CLOSED -> {
                    return false;
                }
                case BUFFER_OVERFLOW -> decrypted = larger(decrypted, engine.getSession().getApplicationBufferSize());
                case BUFFER_UNDERFLOW -> {
                    if (received.capacity() < engine.getSession().getPacketBufferSize()) {
                        received = larger(received, engine.getSession().getPacketBufferSize());
                    }
                    received.compact();
                    int read;
                    try {
                        read = socket.read(received.array(), received.position(), received.remaining(), deadline);
                        received.position(received.position() + Math.max(0, read));
                    } finally {
                        received.flip();
                    }
                    if (read < 0) {
                        return false;
                    }
                }
            }
        }
    }

    private static ByteBuffer larger(ByteBuffer full, int most) {
        return ByteBuffer.allocate(Math.max(most, full.remaining()) + full.remaining()).put(full).flip();
    }

    @Override
    public void write(byte[] bytes, Deadline deadline) throws IOException, InterruptedException {
        try {
            ByteBuffer left = ByteBuffer.wrap(bytes);
            while (left.hasRemaining()) {
                send(left, deadline);
            }
        } catch (SSLException e) {
            throw new IOException("TLS: " + e.getMessage(), e);
        }
    }

    private void send(ByteBuffer from, Deadline deadline) throws IOException, InterruptedException {
        encrypted.clear();
        SSLEngineResult result = engine.wrap(from, encrypted);
        switch (result.getStatus()) {
            case OK -> socket.write(encrypted.array(), 0, encrypted.position(), deadline);
            case BUFFER_OVERFLOW -> encrypted = ByteBuffer.allocate(2 * encrypted.capacity());
            default -> throw new SSLException("the connection has ended");
        }
    }

    /** Without a farewell, as keepalived closes. */
    @Override
    public void close() {
        socket.close();
    }
}
