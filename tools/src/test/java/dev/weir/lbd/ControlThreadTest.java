package dev.weir.lbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.client.ControlMessage.Answer;
import dev.weir.client.ControlMessage.Request;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ControlThreadTest {
    @Test
    void aToolGetsItsArgumentsOnTheControlThread() {
        try (ControlThread thread = new ControlThread(Map.of("ipvsadm",
                (arguments, stdin) -> new Answer(0, arguments + stdin, Thread.currentThread().getName())))) {
            assertThat(thread.apply(new Request(List.of("ipvsadm", "-L", "-n"), "in")))
                    .isEqualTo(new Answer(0, "[-L, -n]in", "control"));
        }
    }

    @Test
    void anUnknownToolIsRefused() {
        try (ControlThread thread = new ControlThread(Map.of())) {
            assertThat(thread.apply(new Request(List.of("other"), "")).stderr()).contains("no tool called other");
        }
    }

    @Test
    void aCommandThatFailsEndsNothing() {
        try (ControlThread thread = new ControlThread(Map.of("bad", (arguments, stdin) -> {
            throw new IllegalStateException("a fault");
        }, "good", (arguments, stdin) -> new Answer(0, "fine", "")))) {
            assertThat(thread.apply(new Request(List.of("bad"), "")).stderr()).contains("a fault");
            assertThat(thread.apply(new Request(List.of("good"), "")).stdout()).isEqualTo("fine");
        }
    }

    @Test
    void afterTheEndACommandIsRefused() {
        ControlThread thread = new ControlThread(Map.of("good", (arguments, stdin) -> new Answer(0, "fine", "")));
        thread.close();
        assertThat(thread.apply(new Request(List.of("good"), "")).stderr()).contains("going down");
    }
}
