package dev.weir.conf.directive;

import static dev.weir.conf.directive.Arguments.MAX_UNSIGNED;
import static dev.weir.conf.directive.Arguments.custom;
import static dev.weir.conf.directive.Arguments.decimal;
import static dev.weir.conf.directive.Arguments.flag;
import static dev.weir.conf.directive.Arguments.number;
import static dev.weir.conf.directive.Arguments.optionalBoolean;
import static dev.weir.conf.directive.Arguments.optionalOneOf;
import static dev.weir.conf.directive.Arguments.optionalWord;
import static dev.weir.conf.directive.Arguments.word;
import static dev.weir.conf.directive.Arguments.words;

import dev.weir.conf.SourceNatRule;
import dev.weir.conf.directive.Directive.Entries;
import dev.weir.conf.text.Statement;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The process as a whole: outside of blocks, and global_defs. */
final class GlobalDirectives {
    private static final Effect ONE_PROCESS = Effect.none("keepalived's processes are threads of lbd here");
    private static final Effect NO_SNMP = Effect.none("Weir has no SNMP agent; monitoring reads its files");
    private static final Effect NO_DBUS = Effect.none("Weir has no D-Bus service");
    private static final Effect NO_NETLINK_BUFFERS = Effect.none("Weir reads netlink in its own way");
    private static final Effect NO_FIREWALL = Effect
            .none("no_accept has a table of nftables of its own, weir_vrrp");
    private static final Effect NAMESPACE = Effect.none("run lbd itself in the namespace: ip netns exec NAME lbd");
    private static final Effect FORWARDING_ENDS = Effect.none("services end with lbd");
    private static final Effect MAIL = Effect.NOTIFYING;
    private static final Pattern UMASK = Pattern.compile("0[xX][0-9a-fA-F]+|[0-9]+");

    private GlobalDirectives() {
    }

    static void add(Table table) {
        table.in(Place.TOP)
                .block("global_defs", optionalWord("", ""), Place.GLOBAL_DEFS, Effect.READ)
                .put("net_namespace", word("NAME", "red").lenient(), NAMESPACE)
                .put("net_namespace_ipvs", optionalWord("[NAME]", "red"), NAMESPACE)
                .put("namespace_with_ipsets", flag(), Effect.none("Weir makes no ipsets"))
                .put("instance", word("NAME", "a").lenient(),
                        Effect.none("what belongs to one lbd hangs off its control socket: lbd --control"))
                .put("use_pid_dir", flag(), Effect.none("lbd keeps its files beside its control socket"))
                .put("linkbeat_use_polling", flag(), Effect.none("links are followed by netlink"))
                .put("child_wait_time", number(0, MAX_UNSIGNED), ONE_PROCESS, "5")
                .list("linkbeat_interfaces", "INTERFACE [MII|ETHTOOL|IOCTL]", Lists::linkbeat, false,
                        Effect.none("links are followed by netlink"))
                .add("interface_up_down_delays", flag(),
                        new Entries("INTERFACE DOWN [UP]", Lists::delays, false, false),
                        Effect.TRACKING, "0");
        Table.In global = table.in(Place.GLOBAL_DEFS);
        identity(global);
        mail(global);
        scripts(global);
        vrrp(global);
        servers(global);
        processes(global);
        ConnectionSyncDirectives.add(table);
        table.in(Place.GLOBAL_DEFS).put("snat", sourceNat(), Effect.OWN);
    }

    private static void identity(Table.In global) {
        global.put("router_id", word("NAME", "lb01").lenient(), MAIL, "the host's name")
                .put("tmp_config_directory", word("DIRECTORY", "/tmp").lenient(),
                        Effect.none("the configuration is read once, by one process"))
                .put("config_save_dir", word("DIRECTORY"), Effect.none("it serves to debug keepalived's reload"))
                .put("include_check", Lists.includeCheck(), Effect.READ)
                .put("random_seed", number(0, MAX_UNSIGNED), Effect.none("${_RANDOM} is drawn anew at each reading"))
                .put("umask", umask(), Effect.NOTIFYING, "0177")
                .put("default_interface", word("INTERFACE", "eth0").lenient(), Effect.ADDRESSES, "eth0")
                .put("dynamic_interfaces", optionalOneOf("allow_if_changes"), Effect.VRRP)
                .put("reload_check_config", optionalWord("[FILE]", "", "/tmp/weir-conf.log"), Effect.READ)
                .put("reload_time_file", custom("FILE", 1, 1,
                        (statement, checker) -> statement.arguments().size() == 1 ? null : "it takes one file",
                        List.of("/tmp/weir-conf.time"), List.of("", "a b")).lenient(), Effect.READ)
                .put("reload_repeat", flag(), Effect.READ)
                .put("reload_file", optionalWord("[FILE]", ""), Effect.READ, "/run/keepalived.reload")
                .put("data_use_instance", optionalBoolean(), Effect.none("lbd writes no files of keepalived's"));
    }

    private static void mail(Table.In global) {
        global.names("notification_email", "ADDRESS", Lists::anything, true, MAIL)
                .put("notification_email_from", word("ADDRESS", "a@example.org").lenient(), MAIL)
                .put("smtp_server", smtpServer(), MAIL, "127.0.0.1 25")
                .put("smtp_helo_name", optionalWord("[NAME]", "", "lb"), MAIL, "the host's name")
                .put("smtp_connect_timeout", number(1, 4294), MAIL, "30")
                .put("smtp_alert", optionalBoolean(), MAIL)
                .put("smtp_alert_vrrp", optionalBoolean(), MAIL)
                .put("smtp_alert_checker", optionalBoolean(), MAIL)
                .put("no_email_faults", flag(), MAIL)
                .put("no_checker_emails", optionalBoolean(), MAIL)
                .put("checker_log_all_failures", optionalBoolean(), Effect.CHECKS);
    }

    private static void scripts(Table.In global) {
        Effect notifying = Effect.NOTIFYING;
        global.put("script_user", Scripts.user().lenient(), notifying, "keepalived_script, or root")
                .put("enable_script_security", flag(), notifying)
                .put("startup_script", Scripts.onlyCommand().lenient(), notifying)
                .put("startup_script_timeout", number(1, 1000).lenient(), notifying, "10")
                .put("shutdown_script", Scripts.onlyCommand().lenient(), notifying)
                .put("shutdown_script_timeout", number(1, 1000).lenient(), notifying, "10")
                .put("rs_init_notifies", optionalBoolean(), Effect.CHECKS);
        for (String kind : List.of("", "vrrp_", "lvs_")) {
            Effect effect = kind.equals("lvs_") ? Effect.CHECKS : notifying;
            global.put(kind + "notify_fifo",
                    words("FIFO [USER [GROUP]]", 3, "/tmp/weir-conf-" + kind + "fifo").lenient(),
                    effect)
                    .put(kind + "notify_fifo_script",
                            words("COMMAND [USER [GROUP]]", 3, "/tmp/weir-conf-none").lenient(),
                            effect);
        }
        global.put("fifo_write_vrrp_states_on_reload", flag(), notifying)
                .put("vrrp_notify_priority_changes", optionalBoolean(), notifying);
    }

    private static void vrrp(Table.In global) {
        Effect vrrp = Effect.VRRP;
        global.put("vrrp_mcast_group4", Arguments.address("ADDRESS",
                address -> address.isV4() && Arguments.isMulticast(address), "IPv4 multicast address",
                List.of("224.0.0.19"), List.of("", "x", "ff02::12", "10.0.0.1")), vrrp, "224.0.0.18")
                .put("vrrp_mcast_group6", Arguments.address("ADDRESS", GlobalDirectives::isLinkMulticast,
                        "link-local IPv6 multicast address", List.of("ff02::13"),
                        List.of("", "x", "224.0.0.18", "2001:db8::1")), vrrp, "ff02::12")
                .put("vrrp_version", number(2, 3), vrrp, "2, and 3 for IPv6")
                .put("vrrp_strict", flag(), vrrp)
                .put("vrrp_skip_check_adv_addr", flag(), vrrp)
                .put("vrrp_check_unicast_src", flag(), vrrp)
                .put("vrrp_startup_delay", decimal("0.001", "4294.967295", "SECONDS", 6), vrrp)
                .put("vrrp_down_timer_adverts", number(1, 100), vrrp, "3")
                .put("vrrp_lower_prio_no_advert", optionalBoolean(), vrrp, "no; on under vrrp_strict")
                .put("vrrp_higher_prio_send_advert", optionalBoolean(), vrrp)
                .put("log_unknown_vrids", flag(), Effect.VRRP)
                .put("vrrp_garp_master_delay", number(0, 4294), vrrp, "5")
                .put("vrrp_garp_master_repeat", number(1, MAX_UNSIGNED), vrrp, "5")
                .put("vrrp_garp_master_refresh", number(0, MAX_UNSIGNED), vrrp, "0")
                .put("vrrp_garp_master_refresh_repeat", number(1, MAX_UNSIGNED), vrrp, "1")
                .put("vrrp_garp_lower_prio_delay", number(0, 4294), vrrp, "that of vrrp_garp_master_delay")
                .put("vrrp_garp_lower_prio_repeat", number(0, Integer.MAX_VALUE), vrrp,
                        "that of vrrp_garp_master_repeat")
                .put("vrrp_garp_interval", decimal("0.000001", "4294.967295", "SECONDS", 6), vrrp, "0")
                .put("vrrp_gna_interval", decimal("0.000001", "4294.967295", "SECONDS", 6), vrrp, "0")
                .put("vrrp_min_garp", optionalBoolean(), vrrp)
                .put("vrrp_garp_extra_if", Lists.garpExtra(1), vrrp, "off")
                .put("vrrp_vmac_garp_intvl", Lists.garpExtra(1).deprecated("write vrrp_garp_extra_if"), vrrp)
                .put("vmac_prefix", word("NAME", "vrrp"), vrrp, "vrrp")
                .put("vmac_addr_prefix", word("NAME", "vrrp"), vrrp, "that of vmac_prefix")
                .put("disable_local_igmp", flag(), Effect.ADDRESSES)
                .put("vrrp_iptables", optionalWord("[IN [OUT]]", "").deprecated("keepalived of Debian uses nftables"),
                        NO_FIREWALL)
                .put("nftables", optionalWord("[TABLE]", "", "keepalived"), NO_FIREWALL)
                .put("nftables_priority", number(Integer.MIN_VALUE, Integer.MAX_VALUE), NO_FIREWALL, "-1")
                .put("nftables_counters", flag(), NO_FIREWALL)
                .put("nftables_ifindex", flag(), NO_FIREWALL)
                .put("vrrp_rx_bufs_policy", rxPolicy().lenient(), NO_NETLINK_BUFFERS)
                .put("vrrp_rx_bufs_multiplier", custom("NUMBER (1 to " + MAX_UNSIGNED + ")", 1, 1,
                        (statement, checker) -> statement.arguments().size() == 1
                                ? Arguments.outside(statement.argument(0), 1, MAX_UNSIGNED)
                                : "it takes one number",
                        List.of("1", "3"), List.of("", "0", "1 2", "x")).lenient(), NO_NETLINK_BUFFERS, "3");
    }

    private static void servers(Table.In global) {
        Effect kernel = Effect.none("Weir marks no packets for its own services");
        global.put("lvs_sync_daemon", Lists.syncDaemon().lenient(), Effect.SYNC)
                .put("lvs_timeouts", Lists.timeouts().lenient(), Effect.SERVERS)
                .put("drain_timeout", decimal("0", ServerDirectives.DELAY_MOST, "SECONDS", 6), Effect.OWN,
                        "300; 0: a server that the file no longer has goes at once, with its connections")
                .put("lvs_flush", flag(), Effect.SERVERS)
                .put("lvs_flush_on_stop", optionalOneOf("VS"), FORWARDING_ENDS)
                .put("lvs_flush_onstop", optionalOneOf("VS"), FORWARDING_ENDS)
                .put("nftables_ipvs", optionalWord("[TABLE]", "", "keepalived_ipvs"), kernel)
                .put("nftables_ipvs_priority", number(Integer.MIN_VALUE, Integer.MAX_VALUE), kernel)
                .put("nftables_ipvs_start_fwmark", number(1, MAX_UNSIGNED), kernel, "1000");
    }

    private static void processes(Table.In global) {
        global.put("process_names", flag(), ONE_PROCESS).put("process_name", word("NAME", "a"), ONE_PROCESS);
        for (String name : List.of("vrrp", "checker", "lvs", "bfd")) {
            global.put(name + "_process_name", word("NAME", "a"), ONE_PROCESS);
        }
        for (String name : List.of("vrrp", "checker", "bfd")) {
            global.put(name + "_priority", number(-20, 19).lenient(), ONE_PROCESS, "0")
                    .put(name + "_rt_priority", number(1, 99).lenient(), ONE_PROCESS)
                    .put(name + "_rlimit_rttime", number(1, MAX_UNSIGNED), ONE_PROCESS)
                    .put(name + "_rlimit_rtime", number(1, MAX_UNSIGNED), ONE_PROCESS)
                    .put(name + "_no_swap", flag(), ONE_PROCESS)
                    .put(name + "_cpu_affinity", processors().lenient(), ONE_PROCESS);
        }
        global.put("max_auto_priority", custom("[NUMBER (-1 to 99)]", 0, 1,
                (statement, checker) -> statement.arguments().isEmpty()
                        ? null
                        : Arguments.outside(statement.argument(0), -1, 99),
                List.of("", "-1", "99"), List.of("100", "-2", "x")), ONE_PROCESS)
                .put("min_auto_priority_delay", number(1, 10_000_000).lenient(), ONE_PROCESS, "1000000");
        for (String name : List.of("vrrp_netlink_cmd", "vrrp_netlink_monitor", "lvs_netlink_cmd",
                "lvs_netlink_monitor", "process_monitor")) {
            global.put(name + "_rcv_bufs", number(0, MAX_UNSIGNED).lenient(), NO_NETLINK_BUFFERS)
                    .put(name + "_rcv_bufs_force", optionalBoolean(), NO_NETLINK_BUFFERS);
        }
        global.put("snmp_socket", custom("ADDRESS", 1, 1,
                (statement, checker) -> statement.arguments().size() == 1 ? null : "it takes one address",
                List.of("udp:127.0.0.1:705"), List.of("", "a b")).lenient(), NO_SNMP);
        for (String name : List.of("enable_snmp_vrrp", "enable_snmp_checker", "enable_snmp_rfc", "enable_snmp_rfcv2",
                "enable_snmp_rfcv3", "enable_snmp_keepalived", "enable_traps")) {
            global.put(name, flag(), NO_SNMP);
        }
        global.put("enable_dbus", flag(), NO_DBUS)
                .put("dbus_service_name", word("NAME", "org.keepalived.Vrrp2").lenient(), NO_DBUS);
    }

    private static boolean isLinkMulticast(IpAddress address) {
        return !address.isV4() && Arguments.isMulticast(address) && (address.bytes()[1] & 0xf) == 2;
    }

    private static Syntax rxPolicy() {
        return custom("MTU|ADVERT|NUMBER", 1, 1, (statement, checker) -> {
            String word = statement.argument(0);
            return List.of("MTU", "ADVERT").contains(word.toUpperCase(Locale.ROOT))
                    ? null
                    : Arguments.outside(word, 0, MAX_UNSIGNED);
        }, List.of("MTU", "ADVERT", "mtu", "300"), List.of("", "x"));
    }

    private static Syntax processors() {
        return custom("NUMBER ...", 1, Integer.MAX_VALUE, (statement, checker) -> {
            for (String word : statement.arguments()) {
                String wrong = Arguments.outside(word, 0, checker.host().processors() - 1L);
                if (wrong != null) {
                    return wrong + ": this machine has " + checker.host().processors() + " processors";
                }
            }
            return null;
        }, List.of("0"), List.of("", "x", "4096", "-1"));
    }

    private static Syntax umask() {
        List<String> bits = new ArrayList<>();
        for (String right : List.of("R", "W", "X")) {
            for (String who : List.of("USR", "GRP", "OTH")) {
                bits.add("I" + right + who);
            }
        }
        return custom("NUMBER, or BITS joined by |", 1, Integer.MAX_VALUE, (statement, checker) -> {
            String text = String.join("", statement.arguments());
            if (UMASK.matcher(text).matches()) {
                return umaskNumber(statement);
            }
            for (String bit : text.split("\\|", -1)) {
                if (!bits.contains(bit)) {
                    return "'" + bit + "' is no bit of a umask; they are " + String.join(", ", bits);
                }
            }
            return null;
        }, List.of("022", "0x12", "IRUSR|IWGRP"), List.of("", "888", "x", "-1"));
    }

    private static @Nullable String umaskNumber(Statement statement) {
        String text = statement.argument(0);
        try {
            if (statement.arguments().size() == 1 && Long.decode(text) <= 0777) {
                return null;
            }
        } catch (NumberFormatException e) {
            return "'" + text + "' is no octal number";
        }
        return "'" + text + "' is no umask: it is 0 to 0777";
    }

    private static Syntax smtpServer() {
        return custom("HOST [PORT]", 1, 2, (statement, checker) -> {
            String host = statement.argument(0);
            if (host.matches("[0-9.]+") && !Arguments.isNumericHost(host)) {
                return "'" + host + "' is no IP address";
            }
            return statement.arguments().size() < 2 ? null : Arguments.outside(statement.argument(1), 1, 65535);
        }, List.of("127.0.0.1", "127.0.0.1 2525", "::1"),
                List.of("", "127.0.0.1 0", "127.0.0.1 70000", "10.0.0.256"));
    }

    private static Syntax sourceNat() {
        return custom(SourceNatRule.TEXT, 3, 5, (statement, checker) -> {
            try {
                return SourceNatRule.parse(statement.arguments()).addresses().isEmpty()
                        ? "'via' and an address of the director are missing"
                        : null;
            } catch (IllegalArgumentException e) {
                return e.getMessage();
            }
        }, List.of("192.168.0.0/24 via 172.25.254.50", "fd00::/64 to 2001:db8::/32 via 2001:db8:254::50"),
                List.of("192.168.0.0/33 via 172.25.254.50", "192.168.0.0/24 to 172.25.254.50",
                        "192.168.0.0/24 via fd00::1"));
    }
}
