package dev.weir.bfd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What virtual routers and checks are told of sessions. */
@Timeout(10)
class SessionStatesTest {
    private final SessionStates states = new SessionStates();
    private final List<String> told = new ArrayList<>();

    @Test
    void whoFollowsIsToldOfAllThatAreThereAndThenOfEachChange() {
        states.put("A", false);
        states.put("B", true);
        states.follow((session, up) -> told.add(session + " " + up));
        assertThat(told).containsExactly("A false", "B true");
        states.put("A", false);
        states.put("A", true);
        assertThat(told).containsExactly("A false", "B true", "A true");
    }

    @Test
    void whereNobodyLooksAfterThemAllAreDown() {
        states.put("A", false);
        states.put("B", true);
        states.follow((session, up) -> told.add(session + " " + up));
        told.clear();
        states.putAllDown();
        assertThat(told).containsExactly("B false");
    }

    @Test
    void oneThatWentAndCameAgainIsToldOf() {
        states.put("A", false);
        states.follow((session, up) -> told.add(session + " " + up));
        states.retain(Set.of());
        states.put("A", false);
        assertThat(told).containsExactly("A false", "A false");
    }

    @Test
    void whoWaitsHearsOfAChange() throws Exception {
        states.put("A", false);
        assertThat(states.await("A", null)).isFalse();
        Thread other = Thread.ofVirtual().start(() -> states.put("A", true));
        assertThat(states.await("A", false)).isTrue();
        other.join();
    }
}
