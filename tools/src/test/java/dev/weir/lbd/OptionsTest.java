package dev.weir.lbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.EngineOptions;
import dev.weir.sync.stream.StreamOptions;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionsTest {
    private static Options parse(String... words) throws RefusalException {
        return Options.parse(List.of(words), Map.of());
    }

    @Test
    void defaultsAreThoseOfTheHelp() throws RefusalException {
        assertThat(parse())
                .isEqualTo(new Options(Options.Action.RUN, List.of(), Path.of("/run/weir/lbd.sock"), 1, true, List.of(),
                        Options.PortKind.AUTO, Idle.ADAPTIVE, EngineOptions.DEFAULT_CONNECTIONS, null, null,
                        null, null, VipPaths.NETWORKS, null, false));
    }

    @Test
    void everyOptionIsTaken() throws RefusalException {
        assertThat(parse("--interface", "eth0", "--interface=eth1", "--control", "/tmp/c", "--workers", "3",
                "--steering", "client", "--cpus",
                "7,2-3", "--port",
                "af-xdp", "--idle=busy-poll", "--connections", "1000", "--capture", "all.pcap", "--proc-dir",
                "/run/p", "--sysctl-file", "/etc/s.conf", "--restart", "--check-networks", "fd00:5::/64,198.18.0.0/24",
                "--sync-peer", "10.0.0.2", "--sync-peer=[fd00::2]:9000", "--sync-key-file", "/etc/key", "--sync-listen",
                "10.0.0.1:9001"))
                .isEqualTo(
                        new Options(Options.Action.RUN, List.of("eth0", "eth1"), Path.of("/tmp/c"), 3, false,
                                List.of(7, 2, 3),
                                Options.PortKind.AF_XDP, Idle.BUSY_POLL, 1000, Path.of("all.pcap"),
                                Path.of("/run/p"), Path.of("/etc/s.conf"), null,
                                List.of(new IpPrefix(IpAddress.parse("fd00:5::"), 64),
                                        new IpPrefix(IpAddress.parse("198.18.0.0"), 24)),
                                new SyncOptions(
                                        List.of(new StreamOptions.Address(IpAddress.parse("10.0.0.2"), 8849),
                                                new StreamOptions.Address(IpAddress.parse("fd00::2"), 9000)),
                                        Path.of("/etc/key"),
                                        new StreamOptions.Address(IpAddress.parse("10.0.0.1"), 9001)),
                                true));
    }

    @Test
    void aConfigurationIsCheckedInPlaceOfRunning() throws RefusalException {
        Options options = parse("--check-config", "/etc/keepalived/keepalived.conf");
        assertThat(options.action()).isEqualTo(Options.Action.CHECK_CONFIG);
        assertThat(Objects.requireNonNull(options.keepalived()).config())
                .isEqualTo(Path.of("/etc/keepalived/keepalived.conf"));
    }

    @Test
    void lbdDoesTheWorkOfKeepalived() throws RefusalException {
        assertThat(parse("--config", "/etc/k.conf", "--config-id=lb1", "--run", "vrrp", "--keep-addresses",
                "--pid-file", "/run/a.pid", "--pid-file", "/run/b.pid", "--process-name", "keepalived",
                "--dump-config", "--no-bfd").keepalived())
                .isEqualTo(new KeepalivedOptions(Path.of("/etc/k.conf"), "lb1", KeepalivedOptions.Run.VRRP, true,
                        List.of(Path.of("/run/a.pid"), Path.of("/run/b.pid")), "keepalived", true, false));
    }

    @Test
    void theEnvironmentNamesTheControlSocketUnlessTheCommandLineDoes() throws RefusalException {
        Map<String, String> environment = Map.of("WEIR_CONTROL", "/tmp/e");
        assertThat(Options.parse(List.of(), environment).control()).isEqualTo(Path.of("/tmp/e"));
        assertThat(Options.parse(List.of("--control", "/tmp/c"), environment).control()).isEqualTo(Path.of("/tmp/c"));
    }

    @ParameterizedTest
    @CsvSource({"--nosuch, no such option", "extra, no such option", "--interface, needs a value",
            "--workers=0, a number from 1", "--workers=65, a number from 1 to 64", "--cpus=0-1, one for each worker",
            "--cpus=1-, a list", "--cpus=3-1, goes up", "--cpus=1024, from 0 to 1023", "--cpus=1-1-1, a list",
            "--workers=x, a number", "--connections=0, a number from 1",
            "--connections=99999999999, a number", "--port=xdp, af-xdp", "--idle=sleep, adaptive",
            "--check-networks=198.18.0.0, is as in", "--check-networks=fd00::/64, an IPv4 and an IPv6 network",
            "--run=vrrp, goes with --config", "--run=both, needed", "--process-name=longer-than-15-characters, 15"})
    void whatItCannotDoIsRefusedInWords(String word, String message) {
        assertThatThrownBy(() -> parse(word)).isInstanceOf(RefusalException.class).hasMessageContaining(message)
                .extracting(refusal -> ((RefusalException) refusal).exit()).isEqualTo(2);
    }
}
