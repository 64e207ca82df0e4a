package dev.weir.conf.directive;

import static dev.weir.conf.directive.Arguments.address;
import static dev.weir.conf.directive.Arguments.decimal;
import static dev.weir.conf.directive.Arguments.flag;
import static dev.weir.conf.directive.Arguments.number;
import static dev.weir.conf.directive.Arguments.oneOf;
import static dev.weir.conf.directive.Arguments.word;

import dev.weir.conf.ConnectionSync;
import dev.weir.conf.text.Position;
import dev.weir.conf.text.Problems;
import dev.weir.conf.text.Statement;
import dev.weir.conf.text.Surroundings.Host;
import dev.weir.conf.text.Surroundings.KeyFile;
import dev.weir.wire.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Connections that directors tell each other of. */
final class ConnectionSyncDirectives {
    private static final String MAKE_A_KEY = "make one with: (umask 077; head -c 32 /dev/urandom | base64 > FILE), and "
            + "copy it to the peers";

    private ConnectionSyncDirectives() {
    }

    static void add(Table table) {
        table.in(Place.GLOBAL_DEFS).block("connection_sync", flag(), Place.CONNECTION_SYNC, Effect.OWN);
        table.in(Place.CONNECTION_SYNC)
                .put("peer", peer(), Effect.OWN)
                .put("source", address(), Effect.OWN, "any")
                .put("port", number(1, 65535), Effect.OWN, String.valueOf(ConnectionSync.PORT))
                .put("key_file", word("FILE", "/tmp/weir-conf-key"), Effect.OWN)
                .put("key", word("KEY", "0123456789abcdef"), Effect.OWN)
                .put("tell", oneOf("established", "threshold", "half_open"), Effect.OWN, "established")
                .put("wait", decimal("0", "3600", "SECONDS", 3), Effect.OWN,
                        String.valueOf(ConnectionSync.PATIENCE.toSeconds()))
                .put("quiet", decimal("0", "3600", "SECONDS", 3), Effect.OWN,
                        String.valueOf(ConnectionSync.QUIET.toSeconds()));
    }

    private static Syntax peer() {
        return Arguments.custom("ADDRESS [PORT]", 1, 2, (statement, checker) -> {
            String address = statement.argument(0);
            if (Arguments.ip(address) == null) {
                return "'" + address + "' is no IP address";
            }
            return statement.argument(1).isEmpty() ? null : Arguments.outside(statement.argument(1), 1, 65535);
        }, List.of("10.1.0.3", "fd00::3 8850"), List.of("", "x", "10.1.0.3 0", "10.1.0.3 x"));
    }

    /** What fits together, and with the host. */
    static void check(List<Statement> tree, Host host, Problems problems) {
        List<Statement> blocks = tree.stream().filter(statement -> statement.name().equals("global_defs"))
                .flatMap(global -> global.all("connection_sync")).toList();
        if (!blocks.isEmpty()) {
            blocks.subList(0, blocks.size() - 1).forEach(block -> problems.warning(block.at(),
                    "there is another connection_sync below", "only the last counts"));
            peers(blocks.getLast(), host, problems);
            key(blocks.getLast(), host, problems);
        }
    }

    private static void peers(Statement block, Host host, Problems problems) {
        Statement source = block.last("source");
        IpAddress own = source == null ? null : Arguments.ip(source.argument(0));
        if (source != null && own != null && !host.hasAddress(own)) {
            problems.warning(source.at(), "this host does not have " + own + " now",
                    "directors meet once it has; a virtual address is none to meet at");
        }
        if (block.all("peer").noneMatch(peer -> Arguments.ip(peer.argument(0)) != null)) {
            problems.mistake(block.at(), "connection_sync has no peer", "add peer ADDRESS, the other director's own "
                    + "address, not a virtual one");
        }
        block.all("peer").forEach(peer -> {
            IpAddress address = Arguments.ip(peer.argument(0));
            if (address != null && (address.equals(own) || host.hasAddress(address))) {
                problems.mistake(peer.at(), "peer " + address + " is this host's own address",
                        "name the other director's");
            }
        });
    }

    private static void key(Statement block, Host host, Problems problems) {
        Statement file = block.last("key_file");
        Statement text = block.last("key");
        if (file != null && !file.argument(0).isEmpty()) {
            keyFile(file, host.keyFile(file.argument(0)), problems);
            if (text != null) {
                problems.warning(text.at(), "nobody looks at key", "key_file counts");
            }
        } else if (text != null && !text.argument(0).isEmpty()) {
            length(text.at(), text.argument(0).length(), "key", problems);
            KeyFile around = host.keyFile(text.at().file());
            if (around != null && !around.guarded()) {
                problems.warning(text.at(), "the key stands in a file that all users may read",
                        "take their right away (chmod o-rw " + text.at().file() + "), or put it into a key_file");
            }
        } else {
            problems.mistake(block.at(), "connection_sync has no key_file", MAKE_A_KEY);
        }
    }

    private static void keyFile(Statement statement, @Nullable KeyFile file, Problems problems) {
        String path = statement.argument(0);
        if (file == null) {
            problems.mistake(statement.at(), "key_file " + path + " cannot be read", MAKE_A_KEY);
            return;
        }
        length(statement.at(), file.length(), "the key in " + path, problems);
        if (!file.guarded()) {
            problems.mistake(statement.at(), "key_file " + path + " is open to users whom it is not for",
                    "chmod 600 " + path);
        }
    }

    private static void length(Position at, int length, String what, Problems problems) {
        if (length < ConnectionSync.KEY_LENGTH) {
            problems.mistake(at, what + " has " + length + " characters, and needs at least "
                    + ConnectionSync.KEY_LENGTH, MAKE_A_KEY);
        }
    }
}
