package dev.weir.check;

import dev.weir.check.Outcome.Failure;
import dev.weir.check.Outcome.Success;
import dev.weir.conf.HealthCheck.Udp;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/** UDP_CHECK: a datagram that nothing comes back to says of an error or, if a reply is required, one with that reply. */
final class UdpCheck implements Checker {
    private static final int RANDOM_BYTES = 32;
    private static final int SHOWN = 16;

    private final Target target;
    private final Duration timeout;
    private final Udp settings;
    private final Octets payload;
    private final Octets reply;
    private final RandomGenerator random;

    UdpCheck(Target target, Duration timeout, Udp settings, RandomGenerator random) {
        this.target = target;
        this.timeout = timeout;
        this.settings = settings;
        this.payload = Octets.parse(settings.payload());
        this.reply = Octets.parse(settings.reply());
        this.random = random;
    }

    @Override
    public Outcome ask(boolean isUp) throws InterruptedException {
        Deadline deadline = Deadline.in(timeout);
        try (CheckSocket socket = target.udp()) {
            socket.write(question(), deadline);
            byte[] answer = new byte[settings.requireReply() ? settings.mostLength() + 1 : 1];
            int length = socket.receive(answer, deadline);
            return settings.requireReply() ? judge(answer, length) : new Success("it answers");
        } catch (SocketTimeoutException e) {
            return settings.requireReply()
                    ? new Failure(String.valueOf(e.getMessage()))
                    : new Success("no error came back within " + Deadline.text(timeout));
        } catch (IOException e) {
            return new Failure(String.valueOf(e.getMessage()));
        }
    }

    private byte[] question() {
        if (payload.length() > 0) {
            return payload.bytes();
        }
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        return bytes;
    }

    /** As in keepalived, whatever its manual says, a length counts only where bytes are wanted, too. */
    private Outcome judge(byte[] answer, int length) {
        if (reply.length() == 0) {
            return new Success("it answers");
        }
        if (length < settings.leastLength()) {
            return new Failure("a reply of " + length + " bytes, wanted " + settings.leastLength() + " or more");
        }
        if (length > settings.mostLength()) {
            return new Failure("a reply of more than " + settings.mostLength() + " bytes");
        }
        return reply.agreesWith(answer, length)
                ? new Success("a reply of " + length + " bytes")
                : new Failure("the reply begins with "
                        + HexFormat.of().formatHex(answer, 0, Math.min(length, SHOWN)) + ", which is not as wanted");
    }

    @Override
    public void close() {
        target.close();
    }
}
