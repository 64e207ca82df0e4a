package dev.weir.notify;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which lines of keepalived.conf only a shell understands. */
class ShellLineTest {
    @ParameterizedTest
    @ValueSource(strings = {"[ -f /etc/keepalived/down ] && exit 1 || exit 0", "curl -s http://a/ | grep -q ok",
            "/usr/bin/pgrep nginx || /etc/restart.sh", "test -f /x; exit 1", "/etc/check.sh >/dev/null 2>&1",
            "/etc/check.sh > /dev/null", "kill -0 $(cat /run/haproxy.pid)", "kill -0 `cat /run/haproxy.pid`",
            "/etc/daemon &", "/etc/read.sh < /etc/x", "/etc/a.sh 'x y' >>/var/log/a"})
    void operatorsOutsideQuotesAreTheShells(String line) {
        assertThat(ShellLine.is(line, true)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"killall -0 nginx", "/etc/check.sh 'a | b'", "/etc/check.sh \"a && b\" c",
            "/bin/sh -c 'a; b'",
            "/etc/check.sh a|b", "/etc/check.sh http://a/?x=1&y=2", "/etc/check.sh $HOME", "/etc/check.sh \\| b",
            "/usr/bin/test a = b", "/etc/check.sh '>' x", "/etc/check.sh '$(date)'", "if.sh x", "/etc/check.sh exit"})
    void allElseIsAProgramWithItsArguments(String line) {
        assertThat(ShellLine.is(line, true)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"exit 3", "if [ -f /x ]\\; then exit 1\\; fi", "! pgrep -x standby"})
    void wordsOfTheShellThatAreNoProgramsAreTheShells(String line) {
        assertThat(ShellLine.is(line, false)).isTrue();
    }
}
