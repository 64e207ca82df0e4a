package dev.weir.check;

import java.io.IOException;
import java.time.Duration;

/** TCP_CHECK: a connection can be made. */
final class TcpCheck implements Checker {
    private final Target target;
    private final Duration timeout;

    TcpCheck(Target target, Duration timeout) {
        this.target = target;
        this.timeout = timeout;
    }

    @Override
    public Outcome ask(boolean isUp) throws InterruptedException {
        try (CheckSocket _ = target.connectTcp(Deadline.in(timeout))) {
            return new Outcome.Success("connected");
        } catch (IOException e) {
            return new Outcome.Failure(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void close() {
        target.close();
    }
}
