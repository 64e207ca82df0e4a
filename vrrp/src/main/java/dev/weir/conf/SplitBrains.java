package dev.weir.conf;

import dev.weir.conf.SplitBrain.Alert;
import dev.weir.conf.SplitBrain.Heartbeat;
import dev.weir.conf.SplitBrain.Reaction;
import dev.weir.conf.SplitBrain.Release;
import dev.weir.conf.SplitBrain.Script;
import dev.weir.conf.text.Statement;
import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Makes records of heartbeat, split_brain and arbiter. */
final class SplitBrains {
    /** Of no other service in the registry that a director would run. */
    private static final int PORT = 11_200;

    private SplitBrains() {
    }

    /** @param interval that of adverts */
    static SplitBrain of(Settings block, Duration interval) {
        Statement heartbeat = block.block().last("heartbeat");
        return new SplitBrain(heartbeat == null ? null : heartbeat(new Settings(heartbeat), block, interval),
                reaction(block.block().last("split_brain")),
                block.text("arbiter").map(Instances::ip).orElse(null));
    }

    private static @Nullable Heartbeat heartbeat(Settings heartbeat, Settings block, Duration interval) {
        List<IpAddress> peers = heartbeat.block().all("peer").map(peer -> Instances.ip(peer.argument(0)))
                .filter(Objects::nonNull).map(Objects::requireNonNull).toList();
        String password = block.blocks("authentication").flatMap(one -> one.text("auth_pass").stream())
                .reduce((earlier, later) -> later).orElse("");
        String secret = heartbeat.text("secret").orElse(password);
        return peers.isEmpty() || secret.isEmpty()
                ? null
                : new Heartbeat(peers, heartbeat.text("interface").orElse(null),
                        heartbeat.seconds("interval", interval), heartbeat.number("port", 1, 65535, PORT), secret);
    }

    private static Reaction reaction(@Nullable Statement splitBrain) {
        if (splitBrain == null) {
            return new Alert();
        }
        Command command = splitBrain.argument(0).equals("script") ? Command.of(splitBrain, 2) : null;
        return command != null
                ? new Script(command)
                : splitBrain.argument(0).equals("release") ? new Release() : new Alert();
    }
}
