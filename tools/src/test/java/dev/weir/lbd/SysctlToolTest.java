package dev.weir.lbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
    void takesTheOptionsAndNamesOfSysctl() {
        assertThat(tool.run(List.of("-n", "net/ipv4/vs/conn_reuse_mode", "vs.pmtu_disc"), "").stdout())
                .isEqualTo("1\n1\n");
        assertThat(tool.run(List.of("-qw", "vs/sloppy_tcp=1"), "")).isEqualTo(new Answer(0, "", ""));
        assertThat(director.settings().sloppyTcp()).isTrue();
        assertThat(tool.run(List.of("-w", "sloppy_tcp"), "").stderr()).contains("KEY=VALUE");
        assertThat(tool.run(List.of("-N", "-a"), "").stdout()).contains("net.ipv4.vs.am_droprate\n");
        assertThat(tool.run(List.of("-e", "no_such", "-n", "am_droprate"), "").stdout()).isEqualTo("10\n");
        assertThat(tool.run(List.of("-z"), "").stderr()).contains("-z");
    }

    @Test
    void loadsAFileAndPassesOverWhatIsTheKernels() {
        Answer answer = tool.run(List.of("-p"), """
                # of a director
                ; too
                net.ipv4.ip_forward = 1
                net.ipv4.vs.sloppy_tcp = 1
                net/ipv4/vs/sync_threshold = 4 60
                -net.ipv4.vs.of_a_newer_kernel = 1
                """);
        assertThat(answer).isEqualTo(new Answer(0,
                "net.ipv4.vs.sloppy_tcp = 1\nnet.ipv4.vs.sync_threshold = 4\t60\n", ""));
    }

    @Test
    void namesTheLineOfAFileThatIsWrongAndChangesNothing() {
        assertThat(tool.run(List.of("-p"), "net.ipv4.vs.sloppy_tcp = 1\nnet.ipv4.vs.drop_entry = 9\n").stderr())
                .contains("line 2", "drop_entry", "nothing was changed");
        assertThat(tool.run(List.of("-p"), "sloppy_tcp\n").stderr()).contains("line 1");
        assertThat(director.settings()).isEqualTo(Settings.DEFAULT);
    }

    @Test
    void whatIsSetAtTheStartNamesTheLineThatIsWrong() {
        tool.load("net.ipv4.ip_forward = 1\nnet.ipv4.vs.sloppy_tcp = 1\n");
        assertThat(director.settings().sloppyTcp()).isTrue();
        assertThatThrownBy(() -> tool.load("net.ipv4.vs.sloppy_tcp = 0\n\nnet.ipv4.vs.sloppy_udp = 1\n"))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContainingAll("line 3", "sloppy_udp");
        assertThat(director.settings().sloppyTcp()).isTrue();
    }

    @Test
    void changesNothingWhereOneOfThemIsWrong() {
        Answer answer = tool.run(List.of("sloppy_tcp=1", "no_such=1"), "");
        assertThat(answer.exit()).isEqualTo(1);
        assertThat(answer.stderr()).contains("no_such", "sloppy_tcp", "nothing was changed");
        assertThat(director.settings()).isEqualTo(Settings.DEFAULT);
    }
}
