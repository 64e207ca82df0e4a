package dev.weir.check;

import dev.weir.check.Outcome.Failure;
import dev.weir.check.Outcome.Success;
import dev.weir.conf.HealthCheck.Dns;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;

/** DNS_CHECK: a question over UDP is answered without an error. */
final class DnsCheck implements Checker {
    /** What is behind it of an answer does not count. */
    private static final int READ = 512;
    private static final SecureRandom IDENTIFIERS = new SecureRandom();

    private final Target target;
    private final Duration timeout;
    private final Dns settings;
    private final byte[] question;

    DnsCheck(Target target, Duration timeout, Dns settings) {
        this.target = target;
        this.timeout = timeout;
        this.settings = settings;
        this.question = DnsMessage.question(settings.name(), settings.type());
    }

    @Override
    public Outcome ask(boolean isUp) throws InterruptedException {
        Deadline deadline = Deadline.in(timeout);
        int identifier = IDENTIFIERS.nextInt(1 << 16);
        DnsMessage.identify(question, identifier);
        try (CheckSocket socket = target.udp()) {
            socket.write(question, deadline);
            byte[] answer = new byte[READ];
            int length;
            do {
                length = socket.receive(answer, deadline);
            } while (!DnsMessage.answers(answer, length, identifier)); // keepalived passes over others, too
            int code = DnsMessage.code(answer);
            String detail = DnsMessage.codeText(code) + " for " + settings.name() + " " + settings.type();
            return code == 0 ? new Success(detail) : new Failure(detail);
        } catch (IOException e) {
            return new Failure(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void close() {
        target.close();
    }
}
