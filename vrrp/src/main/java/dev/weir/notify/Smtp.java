package dev.weir.notify;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One mail's dialogue with an SMTP server (RFC 5321), in the commands that keepalived uses. */
final class Smtp implements AutoCloseable {
    private static final int LONGEST_REPLY = 8192;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final Duration timeout;

    private Smtp(Socket socket, Duration timeout) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
        this.out = socket.getOutputStream();
        this.timeout = timeout;
    }

    /**
     * Delivers a mail to all recipients that the server takes.
     *
     * @param timeout for connecting, and for each reply
     * @throws IOException with what the server said, or that it said nothing; also where it refused some of the recipients
     */
    static void send(String server, int port, Duration timeout, String helo, Message message) throws IOException {
        int milliseconds = (int) Math.min(Integer.MAX_VALUE, Math.max(1, timeout.toMillis()));
        try (Smtp dialogue = new Smtp(connected(server, port, milliseconds), timeout)) {
            dialogue.socket.setSoTimeout(milliseconds);
            dialogue.deliver(helo, message);
        } catch (SocketTimeoutException e) {
            throw new IOException("no answer within " + timeout.toSeconds() + " s", e);
        }
    }

    /** To the first of its addresses that takes the connection. */
    private static Socket connected(String server, int port, int milliseconds) throws IOException {
        IOException failure = new UnknownHostException("there is no host " + server);
        for (InetAddress address : addresses(server)) {
            Socket socket = new Socket();
            try {
                socket.connect(new InetSocketAddress(address, port), milliseconds);
                return socket;
            } catch (IOException e) {
                socket.close();
                failure = e;
            }
        }
        throw failure;
    }

    private static InetAddress[] addresses(String server) {
        try {
            return InetAddress.getAllByName(server);
        } catch (UnknownHostException e) {
            return new InetAddress[0];
        }
    }

    private void deliver(String helo, Message message) throws IOException {
        expect(220, "(connecting)", reply());
        say(250, "HELO " + helo);
        say(250, "MAIL FROM:<" + message.from() + ">");
        List<String> refused = new ArrayList<>();
        for (String recipient : message.recipients()) {
            write("RCPT TO:<" + recipient + ">\r\n");
            String reply = reply();
            if (code(reply) != 250 && code(reply) != 251) {
                refused.add(recipient + " (" + reply + ")");
            }
        }
        if (refused.size() == message.recipients().size()) {
            throw new IOException("it takes no mail for " + String.join(", ", refused));
        }
        say(354, "DATA");
        write(String.join("\r\n", message.lines()) + "\r\n\r\n.\r\n");
        expect(250, "the mail's end", reply());
        write("QUIT\r\n");
        if (!refused.isEmpty()) {
            throw new IOException("all but " + String.join(", ", refused) + " got it");
        }
    }

    private void say(int expected, String command) throws IOException {
        write(command + "\r\n");
        expect(expected, command, reply());
    }

    private static void expect(int expected, String command, String reply) throws IOException {
        if (code(reply) != expected) {
            throw new IOException("to " + command + " it answered: " + reply);
        }
    }

    private void write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    /** The last line of a reply; others of it have a hyphen behind the code. */
    private String reply() throws IOException {
        long deadline = System.nanoTime() + timeout.toNanos();
        int read = 0;
        StringBuilder line = new StringBuilder();
        while (read++ < LONGEST_REPLY && System.nanoTime() - deadline < 0) {
            int character = in.read();
            if (character < 0) {
                throw new IOException("it closed the connection");
            }
            if (character != '\n') {
                line.append((char) character);
                continue;
            }
            String text = line.toString().strip();
            if (text.length() < 4 || text.charAt(3) != '-') {
                return text;
            }
            line.setLength(0);
        }
        throw new IOException("its answer does not end");
    }

    private static int code(String reply) {
        try {
            return Integer.parseInt(reply.substring(0, Math.min(3, reply.length())));
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
