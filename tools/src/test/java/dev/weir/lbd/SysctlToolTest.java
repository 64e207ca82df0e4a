package dev.weir.lbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.client.ControlMessage.Answer;
import dev.weir.engine.Settings;
import dev.weir.engine.Sysctl;
import dev.weir.ipvsadm.StillDirector;
import java.util.List;
import org.junit.jupiter.api.Test;

class SysctlToolTest {
    private final StillDirector director = new StillDirector();
    private final SysctlTool tool = new SysctlTool(director);

    @Test
    void showsAllSettingsWithTheirValues() {
        Answer answer = tool.run(List.of(), "");
        assertThat(answer.exit()).isZero();
        assertThat(answer.stdout().lines()).hasSameSizeAs(Sysctl.all())
                .contains("net.ipv4.vs.conn_reuse_mode = 1", "net.ipv4.vs.sync_threshold = 3\t50");
    }

    @Test
    void setsWhatIsGivenAValueAndShowsIt() {
        Answer answer = tool.run(List.of("sloppy_tcp=1", "net.ipv4.vs.conn_reuse_mode=2", "pmtu_disc"), "");
        assertThat(answer).isEqualTo(new Answer(0,
                "net.ipv4.vs.sloppy_tcp = 1\nnet.ipv4.vs.conn_reuse_mode = 2\nnet.ipv4.vs.pmtu_disc = 1\n", ""));
        assertThat(director.settings())
                .isEqualTo(Settings.DEFAULT.with("sloppy_tcp", "1").with("conn_reuse_mode", "2"));
    }

    @Test
    void changesNothingWhereOneOfThemIsWrong() {
        Answer answer = tool.run(List.of("sloppy_tcp=1", "no_such=1"), "");
        assertThat(answer.exit()).isEqualTo(1);
        assertThat(answer.stderr()).contains("no_such", "sloppy_tcp", "nothing was changed");
        assertThat(director.settings()).isEqualTo(Settings.DEFAULT);
    }
}
