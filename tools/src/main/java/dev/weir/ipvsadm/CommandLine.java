package dev.weir.ipvsadm;

import dev.weir.ipvsadm.Addresses.HostPort;
import dev.weir.service.Forwarding.TunnelChecksum;
import dev.weir.service.Forwarding.TunnelType;
import dev.weir.service.Protocol;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads an argument list into a {@link Request}, refusing as ipvsadm does, in its order. */
final class CommandLine {
    private final Names names;
    private final ArgumentReader reader;
    private final boolean restoring;
    private String schedulerFlags = "";

    private CommandLine(List<String> arguments, Names names, boolean restoring) {
        this.names = names;
        this.reader = new ArgumentReader(arguments);
        this.restoring = restoring;
    }

    /** @param restoring whether it is a line of --restore, where that command itself is not known */
    static Request read(List<String> arguments, Names names, boolean restoring) throws Refusal {
        return new CommandLine(arguments, names, restoring).read();
    }

    private Request read() throws Refusal {
        Request request = command();
        if (request.command == Command.HELP || request.command == Command.VERSION) {
            return request;
        }
        try {
            for (ArgumentReader.Word word = reader.next(); word != null; word = reader.next()) {
                String value = word.value();
                option(request, word.known(), value == null ? "" : value, value != null);
            }
        } catch (ArgumentReader.Unreadable e) {
            throw Refusal.failed(e.getMessage() + (e.known() == Switch.SCHED_FLAGS ? instead(request) : ""));
        }
        List<String> others = reader.others();
        if (request.command == Command.SET) {
            others = timeouts(request, others);
        }
        if (!others.isEmpty()) {
            throw Refusal.usage("unexpected argument " + others.getFirst());
        }
        // After all else that can be wrong in an option, and before options that do not go together.
        request.schedulerFlags = SchedulerFlags.read(request.scheduler, schedulerFlags);
        return request;
    }

    private Request command() throws Refusal {
        ArgumentReader.@Nullable Word first;
        try {
            first = reader.next();
        } catch (ArgumentReader.Unreadable e) {
            throw Refusal.tryHelp();
        }
        Command command = first == null ? null : first.known().command();
        if (first == null || command == null || restoring && command == Command.RESTORE) {
            throw Refusal.tryHelp();
        }
        Request request = new Request(command);
        String role = first.value();
        if (role != null) {
            request.daemonRole = role;
            if (!role.equals("master") && !role.equals("backup")) {
                throw Refusal.usage("illegal "
                        + (command == Command.START_DAEMON ? "start-daemon parameter" : "start_daemon")
                        + " specified");
            }
        }
        return request;
    }

    private List<String> timeouts(Request request, List<String> others) throws Refusal {
        if (others.size() < 3) {
            throw Refusal.usage("--set option requires 3 timeout values");
        }
        List<Integer> seconds = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            seconds.add(timeout(others.get(i), 0));
        }
        request.timeouts = seconds;
        return others.subList(3, others.size());
    }

    private void option(Request request, Switch known, String value, boolean valued) throws Refusal {
        switch (known) {
            case TCP -> service(request, Protocol.TCP, value);
            case UDP -> service(request, Protocol.UDP, value);
            case SCTP -> service(request, Protocol.SCTP, value);
            case MARK -> mark(request, value);
            case IPV6 -> ipv6(request);
            case SCHEDULER -> {
                give(request, Option.SCHEDULER);
                request.scheduler = value.isEmpty() ? Request.DEFAULT_SCHEDULER : value;
            }
            case SCHED_FLAGS -> {
                // DPVS's -b has no value, so that what follows is taken for it.
                if (value.startsWith("-") && !instead(request).isEmpty()) {
                    throw Refusal.usage("Illegal 'sched-flags' option with the '" + request.command.label()
                            + "' command" + instead(request));
                }
                give(request, Option.SCHED_FLAGS);
                schedulerFlags = value;
            }
            case PERSISTENT -> {
                give(request, Option.PERSISTENT);
                request.persistence = valued ? timeout(value, 1) : Request.DEFAULT_PERSISTENCE;
            }
            case NETMASK -> netmask(request, value);
            case PE -> {
                give(request, Option.PE);
                request.persistenceEngine = value.isEmpty() ? null : value;
            }
            case OPS -> {
                give(request, Option.OPS);
                request.onePacket = true;
            }
            case SERVER -> server(request, value);
            case CLIENT_ADDRESS -> {
                give(request, Option.CLIENT_ADDRESS);
                request.clientAddress = ClientAddressWords.read(value);
            }
            case PROXY_PROTOCOL -> {
                give(request, Option.CLIENT_ADDRESS);
                request.clientAddress = ClientAddressWords.readOfDpvs(value);
            }
            case LOCAL_ADDRESS, LADDR -> localAddress(request, value);
            case IFNAME -> {
                give(request, Option.IFNAME);
                request.localInterface = value;
            }
            case FULLNAT -> method(request, Request.Method.FULLNAT);
            case MASQUERADE -> method(request, Request.Method.MASQUERADE);
            case TUNNEL -> method(request, Request.Method.TUNNEL);
            case GATEWAY -> method(request, Request.Method.GATEWAY);
            case TUN_TYPE -> tunnelType(request, value);
            case TUN_PORT -> request.tunnelPort = number(request, Option.TUN_PORT, value, 1, 65535, "tunnel port");
            case TUN_NOCSUM -> checksum(request, Option.TUN_NOCSUM, TunnelChecksum.NONE);
            case TUN_CSUM -> checksum(request, Option.TUN_CSUM, TunnelChecksum.CHECKSUM);
            case TUN_REMCSUM -> checksum(request, Option.TUN_REMCSUM, TunnelChecksum.REMOTE);
            case WEIGHT -> request.weight = number(request, Option.WEIGHT, value, 0, Integer.MAX_VALUE, "weight");
            case UPPER -> request.upper = number(request, Option.UPPER, value, 0, Integer.MAX_VALUE, "u_threshold");
            case LOWER -> request.lower = number(request, Option.LOWER, value, 0, Integer.MAX_VALUE, "l_threshold");
            case NUMERIC -> give(request, Option.NUMERIC);
            case CONNECTION -> give(request, Option.CONNECTION);
            case TIMEOUT -> give(request, Option.TIMEOUT);
            case DAEMON -> give(request, Option.DAEMON);
            case STATS -> give(request, Option.STATS);
            case RATE -> give(request, Option.RATE);
            case EXACT -> give(request, Option.EXACT);
            case THRESHOLDS -> give(request, Option.THRESHOLDS);
            case PERSISTENT_CONN -> give(request, Option.PERSISTENT_CONN);
            case TUN_INFO -> give(request, Option.TUN_INFO);
            case NOSORT -> give(request, Option.NOSORT);
            case FULL -> give(request, Option.FULL);
            case ATOMIC -> give(request, Option.ATOMIC);
            case JSON -> give(request, Option.JSON);
            case SORT -> {
                // Sorting is the default; the option stays for old scripts.
            }
            case SYNCID -> request.daemon = request.daemon
                    .withSyncId(number(request, Option.SYNCID, value, 0, 255, "syncid"));
            case SYNC_MAXLEN -> request.daemon = request.daemon
                    .withMaxLength(number(request, Option.SYNC_MAXLEN, value, 1, 65535 - 28, "sync-maxlen"));
            case MCAST_INTERFACE -> {
                give(request, Option.MCAST_INTERFACE);
                request.daemon = value.isEmpty() ? request.daemon : request.daemon.withNetwork(value);
            }
            case MCAST_GROUP -> request.daemon = request.daemon.withGroup(group(request, value));
            case MCAST_PORT -> request.daemon = request.daemon
                    .withPort(number(request, Option.MCAST_PORT, value, 1, 65535, "mcast-port"));
            case MCAST_TTL -> request.daemon = request.daemon
                    .withTtl(number(request, Option.MCAST_TTL, value, 1, 255, "mcast-ttl"));
            case ADD_SERVICE, EDIT_SERVICE, DELETE_SERVICE, CLEAR, LIST, LIST_SMALL, ZERO, ADD_SERVER, EDIT_SERVER,
                    DELETE_SERVER, SET, ADD_LOCAL, DELETE_LOCAL, LIST_LOCAL, HELP, VERSION, RESTORE, SAVE, START_DAEMON,
                    STOP_DAEMON ->
                throw Refusal.usage("invalid option `" + reader.lastTaken() + "'");
        }
    }

    private static void give(Request request, Option option) throws Refusal {
        if (!request.given.add(option)) {
            throw Refusal.usage("multiple '" + option.label() + "' options specified");
        }
    }

    private static int number(Request request, Option option, String value, int least, int most, String what)
            throws Refusal {
        give(request, option);
        long number = Addresses.number(value, most);
        if (number < least) {
            throw Refusal.usage("illegal " + what + " specified");
        }
        return (int) number;
    }

    private static int timeout(String value, int least) throws Refusal {
        long seconds = Addresses.number(value, Request.LONGEST);
        if (seconds < least) {
            throw Refusal.usage("invalid timeout value `" + value + "' specified");
        }
        return (int) seconds;
    }

    private void service(Request request, Protocol protocol, String value) throws Refusal {
        give(request, Option.SERVICE);
        HostPort found = Addresses.hostPort(value, protocol, names);
        if (found == null) {
            throw Refusal.usage("illegal virtual server address[:port] specified");
        }
        request.protocol = protocol;
        request.address = found.address();
        request.port = Math.max(found.port(), 0);
        request.v4 = found.address().isV4();
        if (!request.v4) {
            request.netmask = 128;
        }
    }

    private static void mark(Request request, String value) throws Refusal {
        give(request, Option.SERVICE);
        long number = Addresses.number(value, 0xffff_ffffL);
        if (number < 1) {
            throw Refusal.usage("invalid fwmark value `" + value + "' specified");
        }
        request.mark = (int) number;
    }

    private static void ipv6(Request request) throws Refusal {
        if (request.mark == 0) {
            throw Refusal.usage("-6 used before -f\n");
        }
        request.v4 = false;
        request.netmask = 128;
    }

    private static void netmask(Request request, String value) throws Refusal {
        give(request, Option.NETMASK);
        if (request.v4) {
            IpAddress mask = Addresses.ipv4(value.stripTrailing());
            if (mask == null) {
                throw Refusal.usage("illegal virtual server persistent mask specified");
            }
            request.netmask = mask.v4Bits();
        } else {
            long length = Addresses.number(value, 128);
            if (length < 1) {
                throw Refusal.usage("illegal ipv6 netmask specified");
            }
            request.netmask = (int) length;
        }
    }

    private void server(Request request, String value) throws Refusal {
        give(request, Option.SERVER);
        HostPort found = Addresses.hostPort(value, request.protocol, names);
        if (found == null) {
            throw Refusal.usage("illegal real server address[:port] specified");
        }
        request.server = found.address();
        request.serverPort = found.port();
    }

    private static void localAddress(Request request, String value) throws Refusal {
        give(request, Option.LOCAL_ADDRESS);
        IpAddress local = value.indexOf(':') >= 0 ? Addresses.ipv6(value) : dotted(value);
        if (local == null) {
            throw Refusal.usage("illegal local address specified");
        }
        request.local = local;
    }

    private static @Nullable IpAddress dotted(String value) {
        return value.chars().filter(c -> c == '.').count() == 3 ? Addresses.ipv4(value) : null;
    }

    /** What to write where {@code -b} is meant as DPVS has it. */
    private static String instead(Request request) {
        return request.command == Command.ADD_SERVER || request.command == Command.EDIT_SERVER
                ? "; for FULLNAT write --fullnat"
                : "";
    }

    private static void method(Request request, Request.Method method) throws Refusal {
        give(request, Option.FORWARD);
        request.method = method;
    }

    private static void tunnelType(Request request, String value) throws Refusal {
        give(request, Option.TUN_TYPE);
        request.tunnelLabel = value;
        request.tunnelType = switch (value) {
            case "ipip" -> TunnelType.IPIP;
            case "gue" -> TunnelType.GUE;
            case "gre" -> TunnelType.GRE;
            default -> throw Refusal.usage("illegal tunnel type specified");
        };
    }

    private static void checksum(Request request, Option option, TunnelChecksum checksum) throws Refusal {
        give(request, option);
        request.tunnelChecksum = checksum;
    }

    private static IpAddress group(Request request, String value) throws Refusal {
        give(request, Option.MCAST_GROUP);
        if (value.indexOf(':') >= 0) {
            IpAddress v6 = Addresses.ipv6(value);
            if (v6 == null || value.startsWith("[") || v6.high() >>> 56 != 0xff) {
                throw Refusal.usage("invalid IPv6 mcast-group `" + value + "'");
            }
            return v6;
        }
        IpAddress v4 = dotted(value);
        if (v4 == null || v4.v4Bits() >>> 28 != 0xe) {
            throw Refusal.usage("invalid IPv4 mcast-group `" + value + "'");
        }
        return v4;
    }
}
