package dev.weir.conf.directive;

import static dev.weir.conf.directive.Arguments.MAX_UNSIGNED;
import static dev.weir.conf.directive.Arguments.address;
import static dev.weir.conf.directive.Arguments.decimal;
import static dev.weir.conf.directive.Arguments.flag;
import static dev.weir.conf.directive.Arguments.number;
import static dev.weir.conf.directive.Arguments.oneOf;
import static dev.weir.conf.directive.Arguments.optionalBoolean;
import static dev.weir.conf.directive.Arguments.optionalOneOf;
import static dev.weir.conf.directive.Arguments.optionalWord;
import static dev.weir.conf.directive.Arguments.word;
import static dev.weir.conf.directive.Arguments.words;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** VRRP, what it watches, and what it does with addresses, routes and rules. */
final class VrrpDirectives {
    static final Set<String> SCRIPTS = Set.of("vrrp_script");
    static final Set<String> PROCESSES = Set.of("vrrp_track_process");
    static final Set<String> FILES = Set.of("track_file", "vrrp_track_file");
    static final Set<String> BFDS = Set.of("bfd_instance");
    private static final String TRACKED = "NAME [weight N [reverse|noreverse]]";
    private static final Pattern MAC = Pattern.compile("([0-9a-fA-F]{1,2}:){4,5}[0-9a-fA-F]{1,2}");

    private VrrpDirectives() {
    }

    static void add(Table table) {
        statics(table.in(Place.TOP));
        script(table.in(Place.VRRP_SCRIPT));
        process(table.in(Place.TRACK_PROCESS));
        table.in(Place.TRACK_FILE).put("file", Rules.once("FILE", "/tmp/weir-conf-file").lenient(), Effect.TRACKING)
                .put("weight", Lists.weight(254).lenient(), Effect.TRACKING, "1")
                .put("init_file", Rules.initFile(), Effect.TRACKING);
        table.in(Place.TRACK_GROUP).names("group", "INSTANCE", Lists::anything, true, Effect.TRACKING);
        table.in(Place.GARP_GROUP).put("garp_interval", decimal("0", "2147.483647", "SECONDS", 6), Effect.ADDRESSES)
                .put("gna_interval", decimal("0", "2147.483647", "SECONDS", 6), Effect.ADDRESSES)
                .put("interface", Rules.existingInterface(), Effect.ADDRESSES)
                .names("interfaces", "INTERFACE", Lists::garpInterface, true, Effect.ADDRESSES);
        bfd(table.in(Place.BFD_INSTANCE));
        group(table.in(Place.SYNC_GROUP));
        Table.In instance = table.in(Place.VRRP_INSTANCE);
        protocol(instance);
        peers(instance);
        addresses(instance);
        tracking(instance);
        notify(instance);
        SplitBrainDirectives.add(table);
        table.in(Place.AUTHENTICATION).put("auth_type", oneOf("PASS", "AH"), Effect.VRRP)
                .put("auth_pass", Rules.password(), Effect.VRRP);
    }

    private static void statics(Table.In top) {
        top.list("static_ipaddress", Addresses.STATIC_TEXT, Addresses::fixed, false, Effect.ADDRESSES)
                .list("static_routes", Routes.ROUTE_TEXT + Routes.STATIC, Routes::route, false, Effect.ADDRESSES)
                .list("static_rules", Routes.RULE_TEXT + Routes.STATIC, Routes::rule, false, Effect.ADDRESSES)
                .block("track_group", words("NAME", 1, "G").lenient(), Place.TRACK_GROUP, Effect.TRACKING)
                .block("garp_group", flag(), Place.GARP_GROUP, Effect.ADDRESSES)
                .block("bfd_instance", word("NAME", "B"), Place.BFD_INSTANCE, Effect.BFD)
                .block("vrrp_script", word("NAME", "S"), Place.VRRP_SCRIPT, Effect.TRACKING)
                .block("vrrp_track_process", word("NAME", "P"), Place.TRACK_PROCESS, Effect.TRACKING)
                .block("vrrp_track_file", word("NAME", "F"), Place.TRACK_FILE, Effect.TRACKING)
                .block("track_file", word("NAME", "F"), Place.TRACK_FILE, Effect.TRACKING)
                .block("vrrp_sync_group", Rules.oneName().lenient(), Place.SYNC_GROUP, Effect.VRRP)
                .block("vrrp_instance", Rules.oneName().lenient(), Place.VRRP_INSTANCE, Effect.VRRP);
    }

    private static void script(Table.In script) {
        script.put("script", Rules.trackScript(), Effect.TRACKING)
                .put("interval", number(1, 4294), Effect.TRACKING, "1")
                .put("timeout", number(1, 4294), Effect.TRACKING, "that of interval")
                .put("weight", Lists.weight(253), Effect.TRACKING, "0")
                .put("rise", number(1, Integer.MAX_VALUE), Effect.TRACKING, "1")
                .put("fall", number(1, Integer.MAX_VALUE), Effect.TRACKING, "1")
                .put("user", Scripts.user(), Effect.TRACKING, "that of script_user")
                .put("init_fail", flag(), Effect.TRACKING);
    }

    private static void process(Table.In process) {
        process.put("process", Rules.once("NAME [ARGUMENT ...]", "nginx"), Effect.TRACKING)
                .put("param_match", optionalOneOf("initial", "partial"), Effect.TRACKING)
                .put("weight", Lists.weight(254).lenient(), Effect.TRACKING, "0")
                .put("quorum", number(1, 65535), Effect.TRACKING, "1")
                .put("quorum_max", number(0, 65535), Effect.TRACKING)
                .put("full_command", flag(), Effect.TRACKING);
        for (String delay : List.of("delay", "fork_delay", "terminate_delay")) {
            process.put(delay, decimal("0.000001", "3600", "SECONDS", 6), Effect.TRACKING, "0");
        }
    }

    private static void bfd(Table.In bfd) {
        for (String neighbour : List.of("neighbor_ip", "neighbour_ip")) {
            bfd.put(neighbour, address(), Effect.BFD);
        }
        bfd.put("source_ip", address(), Effect.BFD)
                .put("interface", Rules.existingInterface(), Effect.OWN, "as routes say")
                .put("min_rx", decimal("1", "4294967", "MILLISECONDS", 3), Effect.BFD, "10")
                .put("min_tx", decimal("1", "4294967", "MILLISECONDS", 3), Effect.BFD, "10")
                .put("idle_tx", decimal("1000", "4294967", "MILLISECONDS", 3), Effect.BFD, "1000")
                .put("multiplier", number(1, 255), Effect.BFD, "5")
                .put("passive", flag(), Effect.BFD)
                .put("ttl", number(1, 255), Effect.BFD, "255")
                .put("hoplimit", number(1, 255), Effect.BFD, "64")
                .put("max_hops", number(-1, 255), Effect.BFD, "0")
                .put("weight", Lists.weight(253), Effect.BFD, "0")
                .put("vrrp", flag(), Effect.BFD)
                .put("checker", flag(), Effect.BFD);
    }

    private static void tracks(Table.In in) {
        in.list("track_interface", "INTERFACE [weight N [reverse]]", Lists.tracked("interface", Set.of(), 253), false,
                Effect.TRACKING)
                .list("track_script", TRACKED, Lists.tracked("script", SCRIPTS, 253), false, Effect.TRACKING)
                .list("track_file", TRACKED, Lists.tracked("file", FILES, 254), false, Effect.TRACKING)
                .list("track_process", TRACKED, Lists.tracked("process", PROCESSES, 254), false, Effect.TRACKING)
                .list("track_bfd", TRACKED, Lists.tracked("bfd", BFDS, 253), false, Effect.BFD);
    }

    private static void group(Table.In group) {
        group.names("group", "INSTANCE", Lists::anything, false, Effect.VRRP);
        tracks(group);
        for (String state : List.of("notify_master", "notify_backup", "notify_fault", "notify_stop", "notify")) {
            group.put(state, Scripts.onlyCommand(), Effect.NOTIFYING);
        }
        group.put("smtp_alert", optionalBoolean(), Effect.NOTIFYING, "that of smtp_alert_vrrp")
                .put("notify_priority_changes", optionalBoolean(), Effect.NOTIFYING)
                .put("global_tracking", flag().deprecated("put the track_ blocks into the vrrp_sync_group"),
                        Effect.TRACKING)
                .put("sync_group_tracking_weight", flag(), Effect.TRACKING);
    }

    private static void protocol(Table.In instance) {
        Effect vrrp = Effect.VRRP;
        instance.put("state", oneOf("MASTER", "BACKUP"), vrrp, "BACKUP")
                .put("interface", Rules.existingInterface(), vrrp)
                .put("virtual_router_id", number(1, 255), vrrp)
                .put("priority", number(1, 255), vrrp, "100")
                .put("advert_int", decimal("0.01", "255", "SECONDS", 6).examples(List.of("1", "255"),
                        List.of("", "0", "0.001", "256", "x", "-1")), vrrp, "1")
                .put("version", number(2, 3), vrrp, "that of vrrp_version")
                .block("authentication", flag(), Place.AUTHENTICATION, vrrp)
                .put("preempt", flag(), vrrp, "yes")
                .put("nopreempt", flag(), vrrp)
                .put("preempt_delay", decimal("0", "1000", "SECONDS", 6), vrrp, "0")
                .put("accept", flag(), vrrp, "yes")
                .put("no_accept", flag(), vrrp)
                .put("strict_mode", optionalBoolean(), vrrp, "that of vrrp_strict")
                .put("skip_check_adv_addr", optionalBoolean(), vrrp, "that of vrrp_skip_check_adv_addr")
                .put("down_timer_adverts", number(1, 100), vrrp, "3")
                .put("lower_prio_no_advert", optionalBoolean(), vrrp, "that of vrrp_lower_prio_no_advert")
                .put("higher_prio_send_advert", optionalBoolean(), vrrp, "that of vrrp_higher_prio_send_advert")
                .put("native_ipv6", alone(flag(), ""), vrrp)
                .put("vrf", alone(Rules.existingInterface(), "eth0"),
                        Effect.done(
                                "keepalived 2.2.7 starts no instance that has no interface, and takes no vrf beside one"))
                .put("use_vmac", Arguments.custom("[INTERFACE] [MAC]", 0, 2, Rules::vmac,
                        List.of("", "vrrp.51", "vrrp.51 02:00:5e:10:01:05"), List.of("lo", "00:00:5e:00:01:05")), vrrp)
                .put("use_vmac_addr", flag(), vrrp)
                .put("vmac_xmit_base", alone(flag(), ""), vrrp)
                .put("use_ipvlan", optionalWord("[INTERFACE] [ADDRESS] [bridge|private|vepa]", "ipv.1 10.0.0.4"), vrrp)
                .put("kernel_rx_buf_size", number(0, MAX_UNSIGNED).lenient(), vrrp)
                .put("linkbeat_use_polling", flag().deprecated("name the interface in linkbeat_interfaces"),
                        Effect.none("links are followed by netlink"))
                .put("debug", number(0, 4), Effect.none("keepalived has no use for it either"), "0")
                .put("lvs_sync_daemon_interface",
                        word("INTERFACE", "eth0").deprecated("write lvs_sync_daemon in global_defs"), Effect.SYNC);
    }

    private static void peers(Table.In instance) {
        Effect vrrp = Effect.VRRP;
        instance.put("mcast_src_ip", address(), vrrp, "the interface's first address")
                .put("unicast_src_ip", alone(address(), "10.0.0.7"), vrrp, "the interface's first address")
                .put("track_src_ip", flag(), vrrp)
                .put("mcast_dst_ip", address("ADDRESS", Arguments::isMulticast, "multicast address",
                        List.of("224.0.0.19"), List.of("", "x", "10.0.0.1")), vrrp, "that of vrrp_mcast_group4 or 6")
                .list("unicast_peer", "ADDRESS [min_ttl N] [max_ttl N]", Lists::unicastPeer, false, vrrp)
                .put("unicast_ttl", alone(number(0, 255), "3"), vrrp, "255")
                .put("unicast_fault_no_peer", flag(), vrrp)
                .put("check_unicast_src", alone(flag(), ""), vrrp, "that of vrrp_check_unicast_src")
                .put("old_unicast_checksum", alone(optionalOneOf("never"), "never"), vrrp,
                        "where a peer is heard that has it");
    }

    private static void addresses(Table.In instance) {
        Effect owning = Effect.ADDRESSES;
        instance.list("virtual_ipaddress", Addresses.TEXT, Addresses::virtual, false, owning)
                .list("virtual_ipaddress_excluded", Addresses.TEXT, Addresses::virtual, false, owning)
                .list("virtual_routes", Routes.ROUTE_TEXT, Routes::route, false, owning)
                .list("virtual_rules", Routes.RULE_TEXT, Routes::rule, false, owning)
                .put("promote_secondaries", flag(), owning)
                .put("garp_master_delay", number(0, 4294), owning, "5")
                .put("garp_master_repeat", number(1, MAX_UNSIGNED), owning, "5")
                .put("garp_master_refresh", number(0, MAX_UNSIGNED), owning, "0")
                .put("garp_master_refresh_repeat", number(1, MAX_UNSIGNED), owning, "1")
                .put("garp_lower_prio_delay", number(0, 4294), owning, "that of garp_master_delay")
                .put("garp_lower_prio_repeat", number(0, Integer.MAX_VALUE), owning, "that of garp_master_repeat")
                .put("garp_extra_if", Lists.garpExtra(0), owning, "that of vrrp_garp_extra_if")
                .put("vmac_garp_intvl", Lists.garpExtra(0).deprecated("write garp_extra_if"), owning);
    }

    private static void tracking(Table.In instance) {
        tracks(instance);
        instance.put("dont_track_primary", flag(), Effect.TRACKING);
    }

    private static void notify(Table.In instance) {
        for (String state : List.of("notify_master", "notify_backup", "notify_fault", "notify_stop", "notify",
                "notify_master_rx_lower_pri")) {
            instance.put(state, Scripts.onlyCommand(), Effect.NOTIFYING);
        }
        instance.put("notify_deleted", Scripts.optionalCommand(), Effect.NOTIFYING)
                .put("notify_priority_changes", optionalBoolean(), Effect.NOTIFYING)
                .put("smtp_alert", optionalBoolean(), Effect.NOTIFYING, "that of smtp_alert_vrrp");
    }

    /** One that is wrong without others beside it, which the examples do not have. */
    private static Syntax alone(Syntax syntax, String example) {
        return syntax.examples(List.of(), List.of("", example));
    }

    static boolean isMac(String text) {
        return MAC.matcher(text).matches();
    }
}
