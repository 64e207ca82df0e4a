package dev.weir.notify;

import dev.weir.conf.Definitions.Mail;
import dev.weir.conf.LocalHost;
import java.io.IOException;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends mail in order, on a thread of its own; who tells it something never waits. What cannot be delivered is said in the log
 * and not tried again.
 */
public final class Mailer implements AutoCloseable {
    /** Mail that waits while a server does not answer; more than that is refused. */
    private static final int WAITING = 100;
    private static final Logger LOG = LoggerFactory.getLogger(Mailer.class);

    private final ThreadPoolExecutor thread = new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING), Thread.ofPlatform().daemon().name("mail").factory());
    private final String host = LocalHost.name();
    private volatile @Nullable Mail settings;
    private volatile String routerId = host;

    public Mailer() {
        thread.allowCoreThreadTimeOut(true);
    }

    /** What counts for mail from here on. */
    public void configure(Mail settings, @Nullable String routerId) {
        this.settings = settings;
        this.routerId = routerId == null ? host : routerId;
    }

    /**
     * Sends to all of notification_email; to nobody where there is none.
     *
     * @param subject what stands behind the router_id in it
     */
    public void send(String subject, String body) {
        Mail now = settings;
        if (now == null || now.recipients().isEmpty()) {
            return;
        }
        Message message = new Message(now.from() != null ? now.from() : "root@" + host, now.recipients(),
                "[" + routerId + "] " + subject, body, ZonedDateTime.now(ZoneId.systemDefault()));
        String helo = now.helo() != null ? now.helo() : host;
        try {
            thread.execute(() -> deliver(now, helo, message));
        } catch (RejectedExecutionException e) {
            LOG.warn("mail '{}' is not sent: {}", message.subject(), thread.isShutdown()
                    ? "the daemon ends"
                    : WAITING + " mails wait already for SMTP server " + server(now));
        }
    }

    private static void deliver(Mail mail, String helo, Message message) {
        try {
            Smtp.send(mail.server(), mail.port(), mail.timeout(), helo, message);
            LOG.info("mail '{}' was sent", message.subject());
        } catch (IOException e) {
            LOG.warn("mail '{}' was not delivered to SMTP server {}: {}", message.subject(), server(mail),
                    e.getMessage());
        }
    }

    private static String server(Mail mail) {
        return (mail.server().contains(":") ? "[" + mail.server() + "]" : mail.server()) + ":" + mail.port();
    }

    /** Mail that was accepted is sent still, if that does not take longer. */
    public void close(Duration longest) {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(longest.toMillis(), TimeUnit.MILLISECONDS)) {
                int unsent = thread.shutdownNow().size();
                LOG.warn("the SMTP server is slow: {} mails are not sent", unsent + 1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        close(Duration.ofSeconds(2));
    }
}
