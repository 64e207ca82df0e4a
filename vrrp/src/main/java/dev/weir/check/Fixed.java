package dev.weir.check;

import java.util.concurrent.CountDownLatch;

/** Asks nobody: what it says once holds for good. */
final class Fixed implements Checker {
    private final Outcome outcome;
    private boolean told;

    Fixed(Outcome outcome) {
        this.outcome = outcome;
    }

    @Override
    public Outcome ask(boolean isUp) throws InterruptedException {
        if (told) {
            new CountDownLatch(1).await(); // until it is interrupted
        }
        told = true;
        return outcome;
    }
}
