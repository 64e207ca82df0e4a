package dev.weir.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SchedulersTest {
    @Test
    void makesEachSchedulerByItsName() {
        List<FakeServer> one = List.of(new FakeServer("only", 1));
        assertThat(Schedulers.names()).contains("rr", "wrr", "wlc");
        for (String name : Schedulers.names()) {
            assertThat(Choices.of(Choices.scheduler(name, one), one, 2)).as(name).isEqualTo("only only");
        }
    }

    @Test
    void makesASchedulerOfItsOwnForEachService() {
        assertThat(Schedulers.create("rr")).isNotSameAs(Schedulers.create("rr"));
    }

    @Test
    void knowsNoOtherName() {
        assertThat(Schedulers.create("RR")).isNull();
        assertThat(Schedulers.create("")).isNull();
    }
}
