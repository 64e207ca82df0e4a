package dev.weir.ipvsadm;

import dev.weir.service.Forwarding.TunnelType;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which options a command, and a tunnel type, must have, may have, and may have only one of. */
final class Legality {
    private static final Set<Option> TUNNEL = EnumSet.of(Option.TUN_PORT, Option.TUN_NOCSUM, Option.TUN_CSUM,
            Option.TUN_REMCSUM);
    private static final Map<Command, Rule> COMMANDS = new EnumMap<>(Command.class);
    private static final Map<TunnelType, Rule> TUNNELS = new EnumMap<>(TunnelType.class);

    /** @param oneOf at most one of these */
    private record Rule(Set<Option> required, Set<Option> allowed, Set<Option> oneOf) {
        static final Set<Option> NONE = EnumSet.noneOf(Option.class);
    }

    static {
        Set<Option> service = EnumSet.of(Option.SERVICE);
        Set<Option> server = EnumSet.of(Option.SERVICE, Option.SERVER);
        Set<Option> serviceSettings = EnumSet.of(Option.SCHEDULER, Option.PERSISTENT, Option.NETMASK, Option.OPS,
                Option.PE, Option.SCHED_FLAGS, Option.CLIENT_ADDRESS);
        Set<Option> serverSettings = EnumSet.of(Option.FORWARD, Option.WEIGHT, Option.UPPER, Option.LOWER,
                Option.TUN_TYPE, Option.TUN_PORT, Option.TUN_NOCSUM, Option.TUN_CSUM, Option.TUN_REMCSUM);
        COMMANDS.put(Command.ADD_SERVICE, new Rule(service, serviceSettings, Rule.NONE));
        COMMANDS.put(Command.EDIT_SERVICE, new Rule(service, serviceSettings, Rule.NONE));
        COMMANDS.put(Command.DELETE_SERVICE, new Rule(service, Rule.NONE, Rule.NONE));
        COMMANDS.put(Command.CLEAR, new Rule(Rule.NONE, Rule.NONE, Rule.NONE));
        COMMANDS.put(Command.LIST,
                new Rule(Rule.NONE,
                        EnumSet.of(Option.NUMERIC, Option.STATS, Option.RATE, Option.THRESHOLDS,
                                Option.PERSISTENT_CONN, Option.NOSORT, Option.SYNCID, Option.EXACT, Option.TUN_INFO,
                                Option.JSON),
                        EnumSet.of(Option.CONNECTION, Option.SERVICE, Option.TIMEOUT, Option.DAEMON)));
        COMMANDS.put(Command.ADD_SERVER, new Rule(server, serverSettings, Rule.NONE));
        COMMANDS.put(Command.EDIT_SERVER, new Rule(server, serverSettings, Rule.NONE));
        COMMANDS.put(Command.DELETE_SERVER, new Rule(server, Rule.NONE, Rule.NONE));
        COMMANDS.put(Command.SET, new Rule(Rule.NONE, Rule.NONE, Rule.NONE));
        COMMANDS.put(Command.START_DAEMON, new Rule(Rule.NONE, EnumSet.of(Option.MCAST_INTERFACE, Option.SYNCID,
                Option.SYNC_MAXLEN, Option.MCAST_GROUP, Option.MCAST_PORT, Option.MCAST_TTL), Rule.NONE));
        COMMANDS.put(Command.STOP_DAEMON, new Rule(Rule.NONE, EnumSet.of(Option.SYNCID), Rule.NONE));
        COMMANDS.put(Command.RESTORE, new Rule(Rule.NONE, EnumSet.of(Option.ATOMIC), Rule.NONE));
        COMMANDS.put(Command.SAVE, new Rule(Rule.NONE, EnumSet.of(Option.NUMERIC, Option.FULL), Rule.NONE));
        Set<Option> local = EnumSet.of(Option.LOCAL_ADDRESS);
        Set<Option> localSettings = EnumSet.of(Option.SERVICE, Option.IFNAME);
        COMMANDS.put(Command.ADD_LOCAL, new Rule(local, localSettings, Rule.NONE));
        COMMANDS.put(Command.DELETE_LOCAL, new Rule(local, localSettings, Rule.NONE));
        COMMANDS.put(Command.LIST_LOCAL,
                new Rule(Rule.NONE, EnumSet.of(Option.SERVICE, Option.NUMERIC, Option.JSON), Rule.NONE));
        COMMANDS.put(Command.ZERO, new Rule(Rule.NONE, service, Rule.NONE));
        TUNNELS.put(TunnelType.IPIP, new Rule(Rule.NONE, Rule.NONE, Rule.NONE));
        TUNNELS.put(TunnelType.GUE, new Rule(EnumSet.of(Option.TUN_PORT), Rule.NONE,
                EnumSet.of(Option.TUN_NOCSUM, Option.TUN_CSUM, Option.TUN_REMCSUM)));
        TUNNELS.put(TunnelType.GRE,
                new Rule(Rule.NONE, Rule.NONE, EnumSet.of(Option.TUN_NOCSUM, Option.TUN_CSUM)));
    }

    private Legality() {
    }

    static void check(Command command, Set<Option> given) throws Refusal {
        Rule rule = COMMANDS.get(command);
        if (rule != null) {
            check(rule, EnumSet.allOf(Option.class), given, "'" + command.label() + "' command");
        }
    }

    static void check(TunnelType type, String label, Set<Option> given) throws Refusal {
        Rule rule = TUNNELS.get(type);
        if (rule != null) {
            check(rule, TUNNEL, given, "'" + label + "' tunnel type");
        }
    }

    /** Whether any option that only a tunnel has is given. */
    static boolean tunnelOptions(Set<Option> given) {
        return given.contains(Option.TUN_TYPE) || given.stream().anyMatch(TUNNEL::contains);
    }

    private static void check(Rule rule, Set<Option> looked, Set<Option> given, String where) throws Refusal {
        @Nullable
        Option one = null;
        for (Option option : looked) {
            if (!given.contains(option)) {
                if (rule.required().contains(option)) {
                    throw Refusal.usage("You need to supply the '" + option.label() + "' option for the " + where);
                }
            } else if (rule.oneOf().contains(option)) {
                if (one != null) {
                    throw Refusal.usage("The option '" + option.label() + "' conflicts with the '" + one.label()
                            + "' option in the " + where);
                }
                one = option;
            } else if (!rule.required().contains(option) && !rule.allowed().contains(option)) {
                throw Refusal.usage("Illegal '" + option.label() + "' option with the " + where);
            }
        }
    }
}
