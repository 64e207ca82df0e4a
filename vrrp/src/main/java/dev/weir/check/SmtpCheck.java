package dev.weir.check;

import dev.weir.check.Outcome.Failure;
import dev.weir.check.Outcome.Success;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** SMTP_CHECK: a server greets, answers HELO and takes leave. */
final class SmtpCheck implements Checker {
    /** Of a reply, with all its lines; RFC 5321 has lines of 512 bytes. */
    private static final int LONGEST_REPLY = 8192;
    private static final int SHOWN = 80;

    private final Target target;
    private final Duration timeout;
    private final String helo;

    SmtpCheck(Target target, Duration timeout, String helo) {
        this.target = target;
        this.timeout = timeout;
        this.helo = helo;
    }

    @Override
    public Outcome ask(boolean isUp) throws InterruptedException {
        try (CheckSocket socket = target.connectTcp(Deadline.in(timeout))) {
            Replies replies = new Replies(socket);
            String greeting = replies.next();
            if (!greeting.startsWith("220")) {
                return new Failure("it greets with '" + shown(greeting) + "', wanted 220");
            }
            send(socket, "HELO " + helo);
            String answer = replies.next();
            if (!answer.startsWith("250")) {
                return new Failure("its answer to HELO is '" + shown(answer) + "', wanted 250");
            }
            send(socket, "QUIT");
            replies.next();
            return new Success(shown(greeting));
        } catch (IOException e) {
            return new Failure(String.valueOf(e.getMessage()));
        }
    }

    private void send(CheckSocket socket, String line) throws IOException, InterruptedException {
        socket.write((line + "\r\n").getBytes(StandardCharsets.ISO_8859_1), Deadline.in(timeout));
    }

    /** Nothing in it begins a line of the log. */
    private static String shown(String reply) {
        return reply.substring(0, Math.min(reply.length(), SHOWN)).replaceAll("\\p{Cntrl}", "?");
    }

    /** What the server says; each reply has the whole timeout, as each of keepalived's steps has. */
    private final class Replies {
        private final CheckSocket socket;
        private final byte[] bytes = new byte[LONGEST_REPLY];
        private int from;
        private int to;

        private Replies(CheckSocket socket) {
            this.socket = socket;
        }

        /** The last line of a reply, which may have several (keepalived takes none of those). */
        String next() throws IOException, InterruptedException {
            Deadline deadline = Deadline.in(timeout);
            int read = 0;
            while (true) {
                String line = line(deadline);
                read += line.length();
                if (!line.matches("[0-9]{3}-.*")) {
                    return line;
                }
                if (read > LONGEST_REPLY) {
                    throw new IOException("a reply of more than " + LONGEST_REPLY + " bytes");
                }
            }
        }

        private String line(Deadline deadline) throws IOException, InterruptedException {
            int looked = from;
            while (true) {
                for (; looked < to; looked++) {
                    if (bytes[looked] == '\n') {
                        String line = new String(bytes, from, looked - from, StandardCharsets.ISO_8859_1);
                        from = looked + 1;
                        return line.stripTrailing();
                    }
                }
                System.arraycopy(bytes, from, bytes, 0, to - from);
                looked -= from;
                to -= from;
                from = 0;
                if (to == bytes.length) {
                    throw new IOException("a line of more than " + LONGEST_REPLY + " bytes");
                }
                int length = socket.read(bytes, to, bytes.length - to, deadline);
                if (length < 0) {
                    throw new IOException("the server closed the connection");
                }
                to += length;
            }
        }
    }

    @Override
    public void close() {
        target.close();
    }
}
