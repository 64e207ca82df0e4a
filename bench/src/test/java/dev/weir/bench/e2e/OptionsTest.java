package dev.weir.bench.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class OptionsTest {
    private static Options parsed(List<String> arguments) {
        return Objects.requireNonNull(Options.parse(arguments));
    }

    @Test
    void patterns_choose_cases_by_name() {
        Options options = parsed(List.of("--only", "c0/pps/weir-dr-*", "--only", "*/http/haproxy"));
        assertThat(Case.all().stream().filter(options::wants).map(Case::name)).containsExactly("c0/pps/weir-dr-af-xdp",
                "c0/pps/weir-dr-af-packet", "c0/pps/weir-dr-pcap", "free/http/haproxy");
    }

    @Test
    void a_short_run_has_one_round() {
        Options options = parsed(List.of("--rounds", "5", "--short"));
        assertThat(options.rounds()).isEqualTo(1);
    }

    @Test
    void what_is_wrong_is_refused_with_what_would_be_right() {
        assertThatThrownBy(() -> Options.parse(List.of("--round", "5"))).hasMessageContaining("--help");
        assertThatThrownBy(() -> Options.parse(List.of("--rounds", "none"))).hasMessageContaining("1.0 to 100.0");
        assertThatThrownBy(() -> Options.parse(List.of("--seconds"))).hasMessageContaining("needs a value");
    }

    @Test
    void a_short_run_has_each_contender_once_in_each_measurement() {
        assertThat(Case.withoutRepetition(Case.all()).stream().map(Case::name))
                .contains("c0/pps/nft-dnat", "c1/pps/weir-dr-af-xdp-busy-poll", "free/http/nft-dnat")
                .doesNotContain("c1/pps/nft-dnat", "c1/pps/weir-dr-af-xdp");
    }

    @Test
    void cases_have_names_of_their_own() {
        assertThat(Case.all().stream().map(Case::name)).doesNotHaveDuplicates();
    }
}
