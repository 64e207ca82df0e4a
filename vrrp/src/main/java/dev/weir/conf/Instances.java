package dev.weir.conf;

import dev.weir.conf.Network.VirtualInterface;
import dev.weir.conf.VirtualAddress.Option;
import dev.weir.conf.VrrpInstance.Announcements;
import dev.weir.conf.VrrpInstance.Authentication;
import dev.weir.conf.VrrpInstance.AuthenticationHeader;
import dev.weir.conf.VrrpInstance.Multicast;
import dev.weir.conf.VrrpInstance.NoAuthentication;
import dev.weir.conf.VrrpInstance.Notifications;
import dev.weir.conf.VrrpInstance.OldChecksum;
import dev.weir.conf.VrrpInstance.Password;
import dev.weir.conf.VrrpInstance.Peer;
import dev.weir.conf.VrrpInstance.Preemption;
import dev.weir.conf.VrrpInstance.Transport;
import dev.weir.conf.VrrpInstance.Unicast;
import dev.weir.conf.VrrpInstance.Watched;
import dev.weir.conf.VrrpInstance.Watching;
import dev.weir.conf.text.Statement;
import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes records of vrrp_instance blocks. */
final class Instances {
    private static final int MAX = Integer.MAX_VALUE;

    private Instances() {
    }

    static VrrpInstance of(Settings block, Settings global) {
        List<VirtualAddress> addresses = addresses(block, "virtual_ipaddress");
        boolean six = addresses.isEmpty() ? block.has("native_ipv6") : !addresses.getFirst().address().isV4();
        List<VirtualAddress> carried = placed(
                addresses.stream().filter(address -> address.address().isV4() != six).toList(), block, global);
        int version = six ? 3 : block.number("version", 2, 3, global.number("vrrp_version", 2, 3, 2));
        boolean strict = block.isOn("strict_mode", global.has("vrrp_strict"));
        int priority = block.number("priority", 1, 255, 100);
        boolean master = block.block().all("state").anyMatch(state -> state.argument(0).equals("MASTER"));
        return new VrrpInstance(block.block().argument(0), master, block.text("interface").orElse(null),
                block.number("virtual_router_id", 1, 255, 0), priority, version, interval(block, version),
                block.number("down_timer_adverts", 1, 100, global.number("vrrp_down_timer_adverts", 1, 100, 3)),
                preemption(block, strict, master && priority != 255), accepts(block, strict, version, priority), strict,
                block.isOn("skip_check_adv_addr", global.has("vrrp_skip_check_adv_addr")),
                block.isOn("lower_prio_no_advert", global.isOn("vrrp_lower_prio_no_advert", strict)),
                block.isOn("higher_prio_send_advert", global.isOn("vrrp_higher_prio_send_advert", false)),
                block.has("v3_checksum_as_v2") || global.has("v3_checksum_as_v2"),
                block.isOn("owner_ignore_adverts", global.has("vrrp_owner_ignore_adverts")),
                version == 3 || strict ? new NoAuthentication() : authentication(block), transport(block, global, six),
                block.text("unicast_src_ip").or(() -> block.text("mcast_src_ip")).map(Instances::ip).orElse(null),
                block.has("track_src_ip"),
                vmac(block, global),
                block.has("dont_track_primary"), carried,
                placed(addresses(block, "virtual_ipaddress_excluded"), block, global),
                announcements(block, global), watching(block), notifications(block, global),
                Networks.of(block, global), SplitBrains.of(block, interval(block, version)));
    }

    /** Of an instance without an interface those that name none are on the default one. */
    private static List<VirtualAddress> placed(List<VirtualAddress> addresses, Settings block, Settings global) {
        return block.has("interface")
                ? addresses
                : addresses.stream().map(address -> address.on(Networks.defaultInterface(global))).toList();
    }

    private static @Nullable String vmac(Settings block, Settings global) {
        VirtualInterface virtual = Networks.virtualInterface(block, global);
        return virtual == null ? null : virtual.name();
    }

    /** Whole seconds in version 2; below 40.96 s in version 3, in which keepalived falls back to 40.95 s. */
    private static Duration interval(Settings block, int version) {
        Duration interval = block.seconds("advert_int", Duration.ofSeconds(1));
        if (version == 2) {
            return Duration.ofSeconds(Math.max(1, interval.plusMillis(500).toSeconds()));
        }
        return interval.compareTo(Duration.ofMillis(40_960)) < 0 ? interval : Duration.ofMillis(40_950);
    }

    private static Preemption preemption(Settings block, boolean strict, boolean alwaysMaster) {
        boolean preempt = block.block().body().stream()
                .filter(statement -> statement.name().equals("preempt") || statement.name().equals("nopreempt"))
                .reduce((earlier, later) -> later).map(statement -> statement.name().equals("preempt")).orElse(true);
        boolean delayed = preempt && !strict && !alwaysMaster;
        return new Preemption(preempt || alwaysMaster,
                delayed ? block.seconds("preempt_delay", Duration.ZERO) : Duration.ZERO);
    }

    private static boolean accepts(Settings block, boolean strict, int version, int priority) {
        Optional<Boolean> said = block.block().body().stream()
                .filter(statement -> statement.name().equals("accept") || statement.name().equals("no_accept"))
                .reduce((earlier, later) -> later).map(statement -> statement.name().equals("accept"));
        return strict && (version == 2 || said.isEmpty()) ? priority == 255 : said.orElse(true);
    }

    private static Authentication authentication(Settings block) {
        Statement all = block.block().last("authentication");
        Settings authentication = new Settings(all == null ? block.block() : all);
        String type = authentication.text("auth_type").orElse("");
        String password = authentication.text("auth_pass").orElse("");
        String kept = password.substring(0, Math.min(password.length(), 8));
        if (password.isEmpty()) {
            return new NoAuthentication();
        }
        return switch (type) {
            case "PASS" -> new Password(kept);
            case "AH" -> new AuthenticationHeader(kept);
            default -> new NoAuthentication();
        };
    }

    private static Transport transport(Settings block, Settings global, boolean six) {
        IpAddress standard = global.text(six ? "vrrp_mcast_group6" : "vrrp_mcast_group4").map(Instances::ip)
                .orElse(IpAddress.parse(six ? "ff02::12" : "224.0.0.18"));
        List<Peer> peers = block.entries("unicast_peer").map(Instances::peer).flatMap(Optional::stream).toList();
        if (!peers.isEmpty() || block.has("unicast_fault_no_peer")) {
            boolean limits = block.entries("unicast_peer").anyMatch(entry -> entry.words().size() > 1);
            return new Unicast(peers, block.number("unicast_ttl", 0, 255, 255),
                    limits || block.has("check_unicast_src") || global.has("vrrp_check_unicast_src"),
                    oldChecksum(block), standard);
        }
        return new Multicast(block.text("mcast_dst_ip").map(Instances::ip).orElse(standard));
    }

    private static OldChecksum oldChecksum(Settings block) {
        if (!block.has("old_unicast_checksum")) {
            return OldChecksum.AS_HEARD;
        }
        return block.text("old_unicast_checksum").isPresent() ? OldChecksum.NEVER : OldChecksum.ALWAYS;
    }

    private static Optional<Peer> peer(Statement entry) {
        IpAddress address = ip(entry.name());
        return address == null
                ? Optional.empty()
                : Optional.of(new Peer(address, option(entry, "min_ttl", 0), option(entry, "max_ttl", 255)));
    }

    private static int option(Statement entry, String name, int standard) {
        int at = entry.words().indexOf(name);
        return at < 0 ? standard : Settings.whole(entry.argument(at), 0, 255).orElse(standard);
    }

    static List<VirtualAddress> addresses(Settings block, String list) {
        return block.entries(list).map(Instances::address).filter(Objects::nonNull).map(Objects::requireNonNull)
                .toList();
    }

    static @Nullable VirtualAddress address(Statement entry) {
        IpAddress address = ip(beforeSlash(entry.name()));
        if (address == null) {
            return null;
        }
        String other = value(entry, "peer");
        IpAddress peer = other == null ? null : ip(beforeSlash(other));
        String text = peer == null ? entry.name() : Objects.requireNonNull(other);
        int slash = text.indexOf('/');
        int most = address.isV4() ? 32 : 128;
        int length = slash < 0 ? most : Settings.whole(text.substring(slash + 1), 0, most).orElse(most);
        String broadcast = value(entry, "brd");
        Set<Option> options = Stream.of(Option.values())
                .filter(option -> entry.arguments().contains(option.word())).collect(Collectors.toSet());
        return new VirtualAddress(address, length, value(entry, "dev"), value(entry, "label"), value(entry, "scope"),
                broadcast != null ? broadcast : value(entry, "broadcast"), peer, preferred(entry, address, length),
                options);
    }

    private static String beforeSlash(String text) {
        int slash = text.indexOf('/');
        return slash < 0 ? text : text.substring(0, slash);
    }

    /** A single address of IPv6 is no source where nothing is said (keepalived.conf(5)); over IPv4 nothing comes of it. */
    private static long preferred(Statement entry, IpAddress address, int length) {
        String said = value(entry, "preferred_lft");
        if (address.isV4()) {
            return -1;
        }
        if (said == null) {
            return length == 128 ? 0 : -1;
        }
        try {
            return said.equals("forever") ? -1 : Long.parseLong(said);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private static @Nullable String value(Statement entry, String option) {
        int at = entry.words().indexOf(option);
        return at < 1 || at + 1 == entry.words().size() ? null : entry.words().get(at + 1);
    }

    private static Announcements announcements(Settings block, Settings global) {
        boolean least = global.isOn("vrrp_min_garp", false) && global.has("vrrp_min_garp");
        Duration delay = block.seconds("garp_master_delay",
                global.seconds("vrrp_garp_master_delay", Duration.ofSeconds(least ? 0 : 5)));
        int repeat = block.number("garp_master_repeat", 1, MAX,
                global.number("vrrp_garp_master_repeat", 1, MAX, least ? 1 : 5));
        return new Announcements(delay, repeat,
                block.seconds("garp_master_refresh", global.seconds("vrrp_garp_master_refresh", Duration.ZERO)),
                block.number("garp_master_refresh_repeat", 1, MAX,
                        global.number("vrrp_garp_master_refresh_repeat", 1, MAX, 1)),
                block.seconds("garp_lower_prio_delay", global.seconds("vrrp_garp_lower_prio_delay", delay)),
                block.number("garp_lower_prio_repeat", 0, MAX,
                        global.number("vrrp_garp_lower_prio_repeat", 0, MAX, repeat)));
    }

    static Watching watching(Settings block) {
        return new Watching(watched(block, "track_interface"), watched(block, "track_script"),
                watched(block, "track_file"), watched(block, "track_process"), watched(block, "track_bfd"));
    }

    private static List<Watched> watched(Settings block, String list) {
        return block.entries(list).map(entry -> {
            int at = entry.words().indexOf("weight");
            Integer weight = at < 0 ? null : Settings.whole(entry.argument(at), -254, 254).orElse(null);
            return new Watched(entry.name(), weight, entry.words().contains("reverse"));
        }).toList();
    }

    static Notifications notifications(Settings settings, Settings global) {
        Statement block = settings.block();
        return new Notifications(Command.of(block.first("notify_master")), Command.of(block.first("notify_backup")),
                Command.of(block.first("notify_fault")), Command.of(block.first("notify_stop")),
                Command.of(block.first("notify_deleted")), Command.of(block.first("notify_master_rx_lower_pri")),
                Command.of(block.first("notify")), settings.has("notify_deleted"),
                settings.isOn("notify_priority_changes", global.isOn("vrrp_notify_priority_changes", false)),
                settings.isOn("smtp_alert", global.isOn("smtp_alert_vrrp", global.isOn("smtp_alert", false))));
    }

    static @Nullable IpAddress ip(String text) {
        try {
            return text.contains(":") || text.chars().filter(character -> character == '.').count() == 3
                    ? IpAddress.parse(text)
                    : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
