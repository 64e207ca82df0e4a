package dev.weir.lbd;

import dev.weir.conf.Definitions.Reloading;
import dev.weir.conf.KeepalivedConf;
import dev.weir.conf.LocalHost;
import dev.weir.conf.VrrpInstance;
import dev.weir.conf.text.Problem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keepalived.conf of a daemon, read at its start and at each reload: whether it is taken, and the files that it names for
 * that (reload_check_config, reload_file).
 */
final class ConfigurationFile {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigurationFile.class);
    /** keepalived's KEEPALIVED_EXIT_CONFIG. */
    private static final int ENDS_AT_ONCE = 2;

    private ConfigurationFile() {
    }

    /**
     * Tells of its mistakes. keepalived runs in spite of most, unless the file has reload_check_config, and so does Weir.
     *
     * @throws RefusalException where keepalived would end
     */
    static KeepalivedConf atStart(KeepalivedOptions options) throws RefusalException {
        KeepalivedConf conf = usable(options, parse(options));
        Reloading reloading = conf.configuration().globals().reloading();
        if (reloading.check() != null && conf.exit() != 0) {
            throw new RefusalException(ENDS_AT_ONCE, options.config() + " has mistakes, and with reload_check_config"
                    + " nothing runs with any: see above");
        }
        remove(reloading.marker());
        return conf;
    }

    /**
     * A file with a mistake that the one before had not is not taken: the director goes on as it was told before. keepalived
     * would run with what it understands of it, and take away what it does not. With reload_check_config none has any.
     *
     * @param taken    what the daemon runs with
     * @param problems gets what there is to say, also where it is not taken
     */
    static KeepalivedConf again(KeepalivedOptions options, KeepalivedConf taken, List<String> problems)
            throws RefusalException {
        Reloading reloading = taken.configuration().globals().reloading();
        KeepalivedConf parsed;
        create(reloading.marker());
        try {
            parsed = parse(options);
        } finally {
            remove(reloading.marker());
        }
        List<String> found = parsed.problems().stream().map(Problem::toString).toList();
        problems.addAll(found);
        if (reloading.check() != null) {
            write(Path.of(reloading.check()), found);
        }
        KeepalivedConf conf = usable(options, parsed);
        boolean checked = reloading.check() != null || conf.configuration().globals().reloading().check() != null;
        int mistakes = checked && conf.exit() != 0
                ? (int) conf.problems().stream().filter(problem -> problem.gravity() != Problem.Gravity.WARNING).count()
                : conf.mistakesSince(taken).size();
        if (mistakes > 0) {
            throw new RefusalException(RefusalException.USAGE, mistakes
                    + (mistakes == 1 ? " mistake, which has" : " mistakes, which have")
                    + " to be mended first: see above");
        }
        return conf;
    }

    private static KeepalivedConf usable(KeepalivedOptions options, KeepalivedConf conf) throws RefusalException {
        conf.problems().forEach(problem -> LOG.warn("{}", problem));
        Optional<String> unusable = conf.configuration().instances().stream()
                .filter(instance -> instance.virtualRouterId() == 0
                        || instance.device() == null && !(instance.transport() instanceof VrrpInstance.Unicast))
                .map(VrrpInstance::name).findFirst();
        if (conf.exit() == ENDS_AT_ONCE || unusable.isPresent()) {
            throw new RefusalException(ENDS_AT_ONCE, options.config() + " has mistakes that nothing can run with"
                    + unusable.map(name -> ", in vrrp_instance " + name).orElse("")
                    + ": see above; lbd --check-config shows what was understood");
        }
        return conf;
    }

    private static KeepalivedConf parse(KeepalivedOptions options) throws RefusalException {
        try {
            return KeepalivedConf.read(options.config(), LocalHost.surroundings(options.id()));
        } catch (IOException e) {
            throw new RefusalException(RefusalException.USAGE, "cannot read " + options.config() + ": " + e
                    + "; name a readable file with --config");
        }
    }

    /** Who changes the file sees by the marker that it is being read: it is made empty before, and goes after. */
    private static void create(@Nullable String marker) {
        if (marker != null) {
            try (SeekableByteChannel made = open(Path.of(marker), "rw-r--r--")) {
                LOG.debug("made {}", made);
            } catch (IOException e) {
                LOG.warn("reload_file {} cannot be made: {}", marker, e.toString());
            }
        }
    }

    private static void remove(@Nullable String marker) {
        if (marker != null) {
            try {
                Files.deleteIfExists(Path.of(marker));
            } catch (IOException e) {
                LOG.warn("reload_file {} cannot be removed: {}", marker, e.toString());
            }
        }
    }

    private static void write(Path file, List<String> lines) {
        byte[] text = lines.stream().map(line -> line + "\n").collect(Collectors.joining())
                .getBytes(StandardCharsets.UTF_8);
        try (SeekableByteChannel channel = open(file, "rw-------")) {
            ByteBuffer left = ByteBuffer.wrap(text);
            while (left.hasRemaining()) {
                channel.write(left);
            }
        } catch (IOException e) {
            LOG.warn("reload_check_config {} cannot be written: {}", file, e.toString());
        }
    }

    /** Empty, and not through a link: it may lie where others may write. */
    private static SeekableByteChannel open(Path file, String permissions) throws IOException {
        return Files.newByteChannel(file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions)));
    }
}
