package dev.weir.check;

import dev.weir.conf.Definitions.Ssl;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A page as HTTP_GET and SSL_GET ask for it, for genhash.
 *
 * @param version     1.0, 1.0C or 1.1
 * @param virtualHost null: the address and port
 * @param serverName  tell the virtual host by SNI
 * @param mark        of what is sent; 0: none
 */
public record Page(IpAddress host, int port, String path, String version, @Nullable String virtualHost, boolean secure,
        boolean serverName, long mark, Duration timeout) {
    /** Who gets it as it comes. */
    public interface Reader {
        /** Something has come, and there was no whole header before. */
        void headerPart();

        /** The header, its empty line included. */
        void header(byte[] bytes, int length);

        /**
         * Of the body, what the digest is of.
         *
         * @param withHeader it came together with the header's end
         */
        void body(byte[] bytes, int offset, int length, boolean withHeader);
    }

    /** How far it went. */
    public enum Ending {
        WHOLE, NOT_CONNECTED, NOT_CONNECTED_IN_TIME, NO_TLS, NO_ANSWER_IN_TIME, STOPPED, BROKEN, NO_HEADER
    }

    /** Asks, and reads to the end. */
    public Ending fetch(Reader reader) throws InterruptedException {
        Deadline deadline = Deadline.in(timeout);
        try (CheckSocket socket = CheckSocket.connectTcp(new Route(host, port, null, 0, null, mark), deadline)) {
            return secure ? secured(socket, deadline, reader) : asked(socket, reader);
        } catch (SocketTimeoutException e) {
            return Ending.NOT_CONNECTED_IN_TIME;
        } catch (IOException e) {
            return Ending.NOT_CONNECTED;
        }
    }

    private Ending secured(CheckSocket socket, Deadline deadline, Reader reader) throws InterruptedException {
        Tls tls = new Tls(new Ssl(null, null, null, null));
        try (TlsSocket over = TlsSocket.over(socket, tls, serverName ? virtualHost : null, deadline)) {
            return asked(over, reader);
        } catch (SocketTimeoutException e) {
            return Ending.NOT_CONNECTED_IN_TIME;
        } catch (IOException e) {
            return Ending.NO_TLS;
        }
    }

    private Ending asked(Duplex server, Reader reader) throws InterruptedException {
        Parts parts = new Parts(server, reader);
        try {
            HttpExchange.ask(parts, HttpExchange.request(path, version, virtualHost, host, port), timeout, parts);
            return Ending.WHOLE;
        } catch (SocketTimeoutException e) {
            return parts.any ? Ending.STOPPED : Ending.NO_ANSWER_IN_TIME;
        } catch (SocketException e) {
            return Ending.BROKEN;
        } catch (IOException e) {
            return Ending.NO_HEADER;
        }
    }

    /** Tells the reader of parts as they come in. */
    private static final class Parts implements Duplex, HttpAnswer.Reader {
        private final Duplex server;
        private final Reader reader;
        private boolean any;
        private boolean inBody;
        private boolean withHeader;

        private Parts(Duplex server, Reader reader) {
            this.server = server;
            this.reader = reader;
        }

        @Override
        public int read(byte[] into, int offset, int length, Deadline deadline)
                throws IOException, InterruptedException {
            int read = server.read(into, offset, length, deadline);
            withHeader = false;
            if (read > 0 && !inBody) {
                reader.headerPart();
            }
            any |= read > 0;
            return read;
        }

        @Override
        public void write(byte[] bytes, Deadline deadline) throws IOException, InterruptedException {
            server.write(bytes, deadline);
        }

        @Override
        public void header(byte[] bytes, int length) {
            inBody = true;
            withHeader = true;
            reader.header(bytes, length);
        }

        @Override
        public void body(byte[] bytes, int offset, int length, int counted) {
            if (counted > 0) {
                reader.body(bytes, offset, counted, withHeader);
            }
        }

        @Override
        public void close() {
            server.close();
        }
    }
}
