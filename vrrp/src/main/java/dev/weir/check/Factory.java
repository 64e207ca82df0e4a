package dev.weir.check;

import dev.weir.check.Checks.Surroundings;
import dev.weir.check.Outcome.Success;
import dev.weir.conf.BfdInstance;
import dev.weir.conf.Configuration;
import dev.weir.conf.Definitions.TrackFile;
import dev.weir.conf.HealthCheck.BfdWatch;
import dev.weir.conf.HealthCheck.Connect;
import dev.weir.conf.HealthCheck.Dns;
import dev.weir.conf.HealthCheck.FileWatch;
import dev.weir.conf.HealthCheck.Http;
import dev.weir.conf.HealthCheck.Ping;
import dev.weir.conf.HealthCheck.Smtp;
import dev.weir.conf.HealthCheck.Udp;
import dev.weir.conf.LocalHost;
import dev.weir.conf.HealthCheck.Script;
import dev.weir.notify.Scripts;
import dev.weir.sys.SystemException;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes checkers of one configuration after another. Belongs to who configures checks. */
final class Factory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Factory.class);

    private final Surroundings surroundings;
    private @Nullable WatchedFiles files;
    private @Nullable Tls tls;

    Factory(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** Before checkers of a configuration are made. */
    void configure(List<Wanted> wanted, Configuration configuration) {
        tls = new Tls(configuration.lvs().ssl());
        List<TrackFile> followed = configuration.files().stream()
                .filter(file -> wanted.stream()
                        .anyMatch(one -> one.check().probe() instanceof FileWatch(String name, Integer _, boolean _)
                                && name.equals(file.name())))
                .toList();
        try {
            if (files == null && !followed.isEmpty()) {
                files = new WatchedFiles();
            }
            if (files != null) {
                files.follow(followed);
            }
        } catch (SystemException e) {
            LOG.warn("track_files cannot be followed; FILE_CHECKs are without effect: {}", e.getMessage());
        }
    }

    /** What a checker is made of, beside the check itself: where it is another one, the checker is made anew. */
    static List<Object> parts(Wanted wanted, Configuration configuration) {
        return switch (wanted.check().probe()) {
            case Script _ -> List.of(configuration.globals().scripts());
            case FileWatch watch -> List.copyOf(file(watch, configuration).toList());
            case BfdWatch(String name) -> List.of(session(name, configuration).count());
            case Http http when http.secure() -> List.of(configuration.lvs().ssl());
            default -> List.of();
        };
    }

    private static Stream<TrackFile> file(FileWatch watch, Configuration configuration) {
        return configuration.files().stream().filter(file -> file.name().equals(watch.name())).limit(1);
    }

    private static Stream<BfdInstance> session(String name, Configuration configuration) {
        return configuration.bfds().stream().filter(bfd -> bfd.name().equals(name) && bfd.toCheckers());
    }

    Checker make(Wanted wanted, Configuration configuration) {
        Duration timeout = wanted.check().connection().timeout();
        return switch (wanted.check().probe()) {
            case Script script -> script(wanted, script, configuration);
            case FileWatch watch -> file(watch, configuration).findFirst().map(file -> file(watch, file))
                    .orElseGet(() -> new Fixed(new Success("there is no track_file " + watch.name())));
            case BfdWatch(String name) -> session(name, configuration).findAny().isPresent()
                    ? new BfdCheck(surroundings.sessions(), name)
                    : new Fixed(new Success("no bfd_instance " + name + " tells checkers"));
            case Connect _ -> asking(wanted, target -> new TcpCheck(target, timeout));
            case Dns dns -> asking(wanted, target -> new DnsCheck(target, timeout, dns));
            case Smtp smtp -> asking(wanted, target -> new SmtpCheck(target, timeout,
                    smtp.helo() == null ? LocalHost.name() : smtp.helo()));
            case Udp udp -> asking(wanted, target -> new UdpCheck(target, timeout, udp, random()));
            case Ping _ -> asking(wanted, target -> new PingCheck(target, timeout, random()));
            case Http http ->
                asking(wanted, target -> new HttpCheck(target, timeout, http, http.secure() ? tls : null));
        };
    }

    private Checker asking(Wanted wanted, Function<Target, Checker> how) {
        Target target = new Target(wanted.check().connection(), wanted, surroundings.path());
        return target.explaining(how.apply(target));
    }

    /** One for each checker, since what was handed in is for one thread. */
    private RandomGenerator random() {
        return new SplittableRandom(surroundings.random().nextLong());
    }

    /** As in keepalived, a script that cannot or may not be run is no check; the log says why. */
    private Checker script(Wanted wanted, Script script, Configuration configuration) {
        dev.weir.notify.Script ready = new Scripts(configuration.globals().scripts()).ready(script.command(),
                "MISC_CHECK of " + wanted.key().server());
        return ready == null
                ? new Fixed(new Success("its script is not run"))
                : new MiscCheck(surroundings.runner(), ready,
                        script.timeout().isZero() ? wanted.check().timing().interval() : script.timeout(),
                        script.dynamic());
    }

    private Checker file(FileWatch watch, TrackFile file) {
        return files == null
                ? new Fixed(new Success("track_files cannot be followed"))
                : new FileCheck(files, watch.name(), watch.weight() == null ? file.weight() : watch.weight(),
                        watch.weight() == null ? file.reverse() : watch.reverse());
    }

    @Override
    public void close() {
        if (files != null) {
            files.close();
        }
    }
}
