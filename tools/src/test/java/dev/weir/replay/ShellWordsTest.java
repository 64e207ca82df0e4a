package dev.weir.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ShellWordsTest {
    @Test
    void splitsAtBlanks() {
        assertThat(ShellWords.split("  -A  -t 10.0.0.1:80\t-s rr ")).containsExactly("-A", "-t", "10.0.0.1:80", "-s",
                "rr");
        assertThat(ShellWords.split("")).isEmpty();
    }

    @Test
    void keepsWhatIsQuotedTogether() {
        assertThat(ShellWords.split("-s 'r r' \"a 'b' \\\"c\\\\ \\d\" x\"y\"'z' '' e\\ f"))
                .containsExactly("-s", "r r", "a 'b' \"c\\ \\d", "xyz", "", "e f");
    }

    @Test
    void refusesWhatIsNotEnded() {
        assertThatThrownBy(() -> ShellWords.split("a 'b")).hasMessageContaining("quote is not closed");
        assertThatThrownBy(() -> ShellWords.split("a \"b")).hasMessageContaining("quote is not closed");
        assertThatThrownBy(() -> ShellWords.split("a\\")).hasMessageContaining("nothing follows the backslash");
    }
}
