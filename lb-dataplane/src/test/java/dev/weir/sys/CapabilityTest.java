package dev.weir.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class CapabilityTest {
    @Test
    void theEffectiveSetIsReadByName() throws Exception {
        assertThat(Capability.effective(List.of("Name:\tlbd", "CapPrm:\t000001ffffffffff",
                "CapEff:\t0000008000003000"))).containsExactlyInAnyOrder(Capability.NET_ADMIN, Capability.NET_RAW,
                        Capability.BPF);
        assertThat(Capability.effective(List.of("CapEff:\tffffffffffffffff"))).containsExactlyInAnyOrder(
                Capability.values());
        assertThat(Capability.effective(List.of("CapEff:\t0000000000000000"))).isEmpty();
        assertThat(Capability.NET_RAW.linuxName()).isEqualTo("CAP_NET_RAW");
    }

    @Test
    @Tag("root")
    void rootHasWhatADirectorNeeds() throws Exception {
        NetworkNamespace.requireRoot();
        assertThat(Capability.effective()).contains(Capability.NET_RAW, Capability.NET_ADMIN);
    }

    @Test
    void aStatusWithoutCapabilitiesIsRefused() {
        assertThatThrownBy(() -> Capability.effective(List.of("Name:\tlbd"))).isInstanceOf(IOException.class)
                .hasMessageContaining("CapEff");
    }
}
