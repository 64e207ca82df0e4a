package dev.weir.sync.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.connection.ConnectionCopy;
import dev.weir.connection.State;
import dev.weir.sync.stream.Worth.Verdict;
import dev.weir.wire.Transport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** From when on other directors hear of a connection. */
class WorthTest {
    private static ConnectionCopy tcp(State state, int packets) {
        ConnectionCopy copy = new ConnectionCopy();
        copy.protocol = Transport.TCP;
        copy.state = state.number();
        copy.packetsIn = packets;
        return copy;
    }

    @ParameterizedTest
    @EnumSource(value = State.class, names = {"TCP_NONE", "TCP_SYN_SENT", "TCP_SYN_RECV", "TCP_SYNACK"})
    void aHandshakeIsNotToldUnlessHalfOpenConnectionsAre(State state) {
        ConnectionCopy copy = tcp(state, 100);
        assertThat(new Worth.Established().of(copy)).isEqualTo(Verdict.NOT_NOW);
        assertThat(new Worth.Established().follows(copy)).isFalse();
        assertThat(new Worth.Threshold(() -> 3).of(copy)).isEqualTo(Verdict.NOT_NOW);
        assertThat(new Worth.HalfOpen().of(copy)).isEqualTo(Verdict.TELL);
        assertThat(new Worth.HalfOpen().follows(copy)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(value = State.class, names = {"TCP_ESTABLISHED", "TCP_FIN_WAIT", "TCP_CLOSE_WAIT", "TCP_TIME_WAIT"})
    void aConnectionIsToldOnceBothEndsHaveSpokenOrAfterSoManyPackets(State state) {
        assertThat(new Worth.Established().of(tcp(state, 0))).isEqualTo(Verdict.TELL);
        assertThat(new Worth.Threshold(() -> 3).of(tcp(state, 2))).isEqualTo(Verdict.LOOK_AGAIN);
        assertThat(new Worth.Threshold(() -> 3).of(tcp(state, 3))).isEqualTo(Verdict.TELL);
    }

    /** Between FTP's PASV and the client's SYN another director may take over. */
    @Test
    void aDataConnectionThatWasAnnouncedIsToldBeforeItsFirstPacket() {
        ConnectionCopy copy = tcp(State.TCP_LISTEN, 0);
        assertThat(new Worth.Established().of(copy)).isEqualTo(Verdict.TELL);
        assertThat(new Worth.Established().follows(copy)).isTrue();
    }
}
