package dev.weir.check;

import dev.weir.check.Outcome.Failure;
import dev.weir.check.Outcome.Success;
import java.io.IOException;
import java.time.Duration;
import java.util.random.RandomGenerator;

/** PING_CHECK: an ICMP echo comes back. */
final class PingCheck implements Checker {
    /** As much as keepalived sends. */
    private static final int BYTES = 128;

    private final Target target;
    private final Duration timeout;
    private final RandomGenerator random;
    private int sequence;

    PingCheck(Target target, Duration timeout, RandomGenerator random) {
        this.target = target;
        this.timeout = timeout;
        this.random = random;
    }

    @Override
    public Outcome ask(boolean isUp) throws InterruptedException {
        byte[] data = new byte[BYTES];
        random.nextBytes(data);
        try (EchoSocket socket = target.echo()) {
            socket.echo(sequence++ & 0xffff, data, Deadline.in(timeout));
            return new Success("it answers");
        } catch (IOException e) {
            return new Failure(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void close() {
        target.close();
    }
}
