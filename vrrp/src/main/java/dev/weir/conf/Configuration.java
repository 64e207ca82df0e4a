package dev.weir.conf;

import dev.weir.conf.Definitions.Globals;
import dev.weir.conf.Definitions.InitFile;
import dev.weir.conf.Definitions.Lvs;
import dev.weir.conf.Definitions.LvsTimeouts;
import dev.weir.conf.Definitions.ParamMatch;
import dev.weir.conf.Definitions.Ssl;
import dev.weir.conf.Definitions.SyncGroup;
import dev.weir.conf.Definitions.TrackFile;
import dev.weir.conf.Definitions.TrackProcess;
import dev.weir.conf.Definitions.VrrpScript;
import dev.weir.conf.Network.Fixed;
import dev.weir.conf.Network.LinkDelay;
import dev.weir.conf.Network.Pace;
import dev.weir.conf.text.Position;
import dev.weir.conf.text.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a keepalived.conf asks for, as values: equal records ask for the same, wherever and however they are written.
 *
 * @param linkDelays interface_up_down_delays, by interface
 * @param sync connection_sync, or null where there is none, or it lacks what it cannot do without
 * @param sourceNats in the order in which they are asked
 * @param bfds       bfd_instances
 */
public record Configuration(Globals globals, List<VrrpScript> scripts, List<TrackFile> files,
        List<TrackProcess> processes, List<SyncGroup> groups, List<VrrpInstance> instances,
        List<VirtualServer> servers, Lvs lvs, Fixed fixed, Map<String, LinkDelay> linkDelays, List<Pace> paces,
        @Nullable ConnectionSync sync, List<SourceNatRule> sourceNats, List<BfdInstance> bfds) {
    private static final Duration STANDARD_DRAIN = Duration.ofMinutes(5);

    /** Of a tree, whose mistakes were told of; what is wrong is passed over as keepalived passes over it. */
    public static Configuration of(List<Statement> tree) {
        Settings global = new Settings(new Statement(0, List.of("global_defs"), "global_defs",
                tree.stream().filter(statement -> statement.name().equals("global_defs"))
                        .flatMap(statement -> statement.body().stream()).toList(),
                new Position("", 0)));
        Fixed fixed = Networks.fixed(tree, global);
        return new Configuration(Telling.globals(global),
                blocks(tree, "vrrp_script").filter(block -> block.has("script")).map(Configuration::script).toList(),
                Stream.concat(blocks(tree, "track_file"), blocks(tree, "vrrp_track_file"))
                        .map(Configuration::file).toList(),
                blocks(tree, "vrrp_track_process").map(Configuration::process).toList(),
                blocks(tree, "vrrp_sync_group").map(block -> group(block, global)).toList(),
                blocks(tree, "vrrp_instance").map(block -> Links.watched(Instances.of(block, global), fixed)).toList(),
                servers(tree, global),
                lvs(global, tree),
                fixed, Networks.linkDelays(tree), Networks.paces(tree, global), ConnectionSyncs.of(global),
                sourceNats(global), BfdInstances.of(blocks(tree, "bfd_instance")));
    }

    private static List<SourceNatRule> sourceNats(Settings global) {
        return global.block().all("snat").flatMap(statement -> {
            try {
                return Stream.of(SourceNatRule.parse(statement.arguments()));
            } catch (IllegalArgumentException e) {
                // It was told of when the file was checked.
                return Stream.empty();
            }
        }).filter(rule -> !rule.addresses().isEmpty()).toList();
    }

    private static List<VirtualServer> servers(List<Statement> tree, Settings global) {
        Servers servers = new Servers(tree, global);
        return blocks(tree, "virtual_server").flatMap(block -> servers.of(block).stream()).toList();
    }

    private static Lvs lvs(Settings global, List<Statement> tree) {
        List<String> timeouts = global.words("lvs_timeouts");
        Settings ssl = new Settings(new Statement(0, List.of("SSL"), "SSL",
                tree.stream().filter(statement -> statement.name().equals("SSL"))
                        .flatMap(statement -> statement.body().stream()).toList(),
                new Position("", 0)));
        return new Lvs(new LvsTimeouts(after(timeouts, "tcp"), after(timeouts, "tcpfin"), after(timeouts, "udp")),
                global.isOn("rs_init_notifies", false), !global.isOn("no_checker_emails", false),
                global.has("lvs_flush"),
                global.seconds("drain_timeout", STANDARD_DRAIN),
                new Ssl(ssl.text("password").orElse(null), ssl.text("ca").orElse(null),
                        ssl.text("certificate").orElse(null), ssl.text("key").orElse(null)),
                SyncDaemon.of(global, blocks(tree, "vrrp_instance").map(Settings::block).toList()));
    }

    private static Duration after(List<String> words, String name) {
        int at = words.indexOf(name);
        return at < 0 || at + 1 == words.size()
                ? Duration.ZERO
                : Settings.duration(words.get(at + 1)).orElse(Duration.ZERO);
    }

    private static Stream<Settings> blocks(List<Statement> tree, String name) {
        return tree.stream().filter(statement -> statement.name().equals(name) && !statement.arguments().isEmpty())
                .map(Settings::new);
    }

    private static VrrpScript script(Settings script) {
        Duration interval = script.seconds("interval", Duration.ofSeconds(1));
        Command command = Command.of(script.block().last("script"));
        List<String> user = script.words("user");
        Command found = command == null ? new Command("", List.of(), null, null) : command;
        return new VrrpScript(script.block().argument(0),
                user.isEmpty()
                        ? found
                        : new Command(found.line(), found.arguments(), user.getFirst(),
                                user.size() > 1 ? user.get(1) : null),
                interval, script.seconds("timeout", interval), script.number("weight", -253, 253, 0),
                script.words("weight").contains("reverse"), script.number("rise", 1, Integer.MAX_VALUE, 1),
                script.number("fall", 1, Integer.MAX_VALUE, 1), !script.has("init_fail"));
    }

    private static TrackFile file(Settings file) {
        InitFile init = file.has("init_file")
                ? new InitFile(
                        file.words("init_file").stream().map(word -> Settings.whole(word, Integer.MIN_VALUE,
                                Integer.MAX_VALUE)).flatMap(Optional::stream).findFirst().orElse(0),
                        file.words("init_file").contains("overwrite"))
                : null;
        return new TrackFile(file.block().argument(0), file.text("file").orElse(""),
                file.number("weight", -254, 254, 1), file.words("weight").contains("reverse"), init);
    }

    private static TrackProcess process(Settings process) {
        Duration delay = process.seconds("delay", Duration.ZERO);
        List<String> command = process.words("process");
        ParamMatch match = switch (process.has("param_match") ? process.text("param_match").orElse("") : "none") {
            case "partial" -> ParamMatch.PARTIAL;
            case "initial" -> ParamMatch.INITIAL;
            case "none" -> command.size() > 1 ? ParamMatch.EXACT : ParamMatch.NONE;
            default -> ParamMatch.EXACT;
        };
        return new TrackProcess(process.block().argument(0), command, match, process.number("quorum", 1, 65535, 1),
                process.number("quorum_max", 0, 65535, Integer.MAX_VALUE), process.number("weight", -254, 254, 0),
                process.words("weight").contains("reverse"), process.seconds("fork_delay", delay),
                process.seconds("terminate_delay", delay), process.has("full_command"));
    }

    private static SyncGroup group(Settings group, Settings global) {
        return new SyncGroup(group.block().argument(0), group.names("group"), Instances.watching(group),
                Instances.notifications(group, global),
                group.has("sync_group_tracking_weight") || group.has("global_tracking"));
    }
}
