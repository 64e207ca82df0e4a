package dev.weir.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SchedulersTest {
    @Test
    void makesEachSchedulerByItsName() {
        List<FakeServer> one = List.of(new FakeServer("only", 1));
        assertThat(Schedulers.names()).containsExactlyInAnyOrder("rr", "wrr", "lc", "wlc", "sed", "nq", "fo", "ovf",
                "twos", "dh", "sh", "mh", "lblc", "lblcr");
        for (String name : Schedulers.names()) {
            assertThat(Choices.of(Choices.scheduler(name, one), one, 2)).as(name).isEqualTo("only only");
        }
    }

    @Test
    void makesASchedulerOfItsOwnForEachService() {
        assertThat(create("rr")).isNotSameAs(create("rr"));
    }

    @Test
    void knowsNoOtherName() {
        assertThat(create("RR")).isNull();
        assertThat(create("")).isNull();
    }

    private static @Nullable Scheduler create(String name) {
        return Schedulers.create(name, true, Choices.CONTEXT);
    }
}
