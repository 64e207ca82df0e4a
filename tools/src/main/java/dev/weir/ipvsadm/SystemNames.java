package dev.weir.ipvsadm;

import dev.weir.service.Protocol;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The names of this machine: ports from a file like /etc/services, hosts from its resolver. A resolver that is slow
 * cannot hold the control thread: a look-up is given up after its limit, and after one that ran out listings show
 * numbers for a while.
 */
public final class SystemNames implements Names {
    private static final Logger LOG = LoggerFactory.getLogger(SystemNames.class);
    private static final String LOCALHOST = "localhost";
    private static final IpAddress LOOPBACK = IpAddress.v4(0x7f000001);
    private static final Duration PAUSE = Duration.ofSeconds(30);

    private final Map<String, Integer> ports = new HashMap<>();
    private final Map<String, String> services = new HashMap<>();
    private final Duration limit;
    private long pausedUntil = System.nanoTime();

    /**
     * @param servicesFile in the format of services(5); where there is none, ports have no names
     * @param limit        how long one look-up of a host may take; zero: none is made, and only "localhost" is known
     */
    public SystemNames(Path servicesFile, Duration limit) {
        this.limit = limit;
        try {
            Files.readAllLines(servicesFile, StandardCharsets.UTF_8).forEach(this::learn);
        } catch (IOException e) {
            LOG.info("ports have no names: {} cannot be read ({})", servicesFile, e.getMessage());
        }
    }

    /** @param lines as services(5) has them; no host is ever looked up */
    public SystemNames(List<String> lines) {
        limit = Duration.ZERO;
        lines.forEach(this::learn);
    }

    private void learn(String line) {
        int comment = line.indexOf('#');
        String[] words = (comment < 0 ? line : line.substring(0, comment)).trim().split("\\s+", -1);
        int slash = words.length < 2 ? -1 : words[1].indexOf('/');
        long port = slash < 0 ? -1 : Addresses.number(words[1].substring(0, slash), 65535);
        if (port < 0) {
            return;
        }
        String protocol = words[1].substring(slash + 1);
        for (String scope : List.of(protocol, "")) {
            services.putIfAbsent(port + "/" + scope, words[0]);
            ports.putIfAbsent(words[0] + "/" + scope, (int) port);
            for (int i = 2; i < words.length; i++) {
                ports.putIfAbsent(words[i] + "/" + scope, (int) port);
            }
        }
    }

    @Override
    public int port(String service, @Nullable Protocol protocol) {
        return ports.getOrDefault(service + "/" + scope(protocol), -1);
    }

    @Override
    public @Nullable String service(int port, @Nullable Protocol protocol) {
        return services.get(port + "/" + scope(protocol));
    }

    private static String scope(@Nullable Protocol protocol) {
        return protocol == null ? "" : protocol.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public @Nullable IpAddress address(String host) {
        if (host.equals(LOCALHOST)) {
            return LOOPBACK;
        }
        return bounded(() -> {
            for (InetAddress found : InetAddress.getAllByName(host)) {
                if (found instanceof Inet4Address) {
                    return IpAddress.of(found.getAddress());
                }
            }
            throw new UnknownHostException(host);
        }, true);
    }

    @Override
    public @Nullable String host(IpAddress address) {
        if (address.equals(LOOPBACK)) {
            return LOCALHOST;
        }
        return bounded(() -> {
            InetAddress asked = address.toInetAddress();
            String name = asked.getCanonicalHostName();
            if (name.equals(asked.getHostAddress())) {
                throw new UnknownHostException(name);
            }
            return name;
        }, false);
    }

    /** @param always also while look-ups pause: an address that a user wrote must be found out */
    private <T> @Nullable T bounded(Callable<T> lookup, boolean always) {
        if (limit.isZero() || !always && System.nanoTime() - pausedUntil < 0) {
            return null;
        }
        FutureTask<T> task = new FutureTask<>(lookup);
        Thread.ofPlatform().daemon().name("name-lookup").start(task);
        try {
            return task.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            return null;
        } catch (TimeoutException e) {
            task.cancel(true);
            pausedUntil = System.nanoTime() + PAUSE.toNanos();
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
