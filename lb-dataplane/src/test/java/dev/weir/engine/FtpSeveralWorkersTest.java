package dev.weir.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.service.Forwarding;
import dev.weir.service.Protocol;
import dev.weir.service.ServiceException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * FTP's connections meet in one worker though their ports are several workers', and whatever else their clients do beside
 * them goes on as with one worker.
 */
class FtpSeveralWorkersTest {
    private static final int CLIENTS = 4;
    private static final int HTTP = 80;
    private static final int FTP = 21;
    private static final int FTP_DATA = 20;
    private static final int PSH = 8;
    private static final int CONTROL = 40000;

    /** A frame, and on which side of the director. */
    private static final class Step {
        private final boolean atServers;
        private final byte[] frame;

        Step(boolean atServers, byte[] frame) {
            this.atServers = atServers;
            this.frame = frame;
        }
    }

    /** One client's session, with a web connection beside it. */
    private static final class Session {
        private final String client;
        private final int number;
        private final boolean inFragments;
        private final List<Step> steps = new ArrayList<>();

        Session(int number) {
            this.number = number;
            client = "172.25.254." + (10 + number);
            inFragments = number % 2 == 1;
        }

        private void fromClient(int port, int to, int flags, int sequence, int acknowledgement, String text) {
            steps.add(new Step(false, Packets.from(client, Lab.VIP).tcp(port, to, flags, sequence, acknowledgement,
                    text.getBytes(US_ASCII))));
        }

        private void fromServer(int port, int to, int flags, int sequence, int acknowledgement, String text) {
            steps.add(new Step(true, Packets.from(Lab.SERVER, client).tcp(port, to, flags, sequence, acknowledgement,
                    text.getBytes(US_ASCII))));
        }

        private void command(int sequence, String text) {
            fromClient(CONTROL + number, FTP, PSH | Packets.ACK, sequence, 5001, text);
            if (inFragments) {
                byte[] whole = steps.removeLast().frame;
                byte[] segment = Packets.part(whole, 34, whole.length);
                steps.add(fragment(segment, 0, 16, true));
                steps.add(fragment(segment, 16, segment.length, false));
            }
        }

        private Step fragment(byte[] segment, int from, int to, boolean more) {
            return new Step(false, Packets.from(client, Lab.VIP).fragment(number + 1, from, more).frame(Packets.TCP,
                    Packets.part(segment, from, to)));
        }

        private List<Step> login() {
            fromClient(CONTROL + number, FTP, Packets.SYN, 1000, 0, "");
            fromServer(FTP, CONTROL + number, Packets.SYN | Packets.ACK, 5000, 1001, "");
            fromClient(CONTROL + number, FTP, Packets.ACK, 1001, 5001, "");
            return taken();
        }

        private List<Step> passive(int place) {
            int port = 30000 + place;
            String reply = "227 Entering Passive Mode (192,168,0,10," + (port >> 8) + "," + (port & 255) + ").\r\n";
            command(1001, "PASV\r\n");
            fromServer(FTP, CONTROL + number, PSH | Packets.ACK, 5001, 1007, reply);
            fromClient(41000 + place, port, Packets.SYN, 1, 0, "");
            fromServer(port, 41000 + place, Packets.SYN | Packets.ACK, 1, 2, "");
            fromClient(41000 + place, port, PSH | Packets.ACK, 2, 2, "data");
            hostUnreachable(port, 41000 + place);
            return taken();
        }

        /** From the client's side, about what came to it. */
        private void hostUnreachable(int from, int to) {
            byte[] got = Packets.from(Lab.VIP, client).tcp(from, to, Packets.ACK, new byte[0]);
            ByteBuffer message = ByteBuffer.allocate(8 + 28);
            message.put((byte) 3).put((byte) 1).putShort((short) 0).putInt(0).put(got, 14, 28);
            message.putShort(2, (short) ~Packets.checksum(message.array(), 0));
            steps.add(new Step(false, Packets.from(client, Lab.VIP).frame(1, message.array())));
        }

        private List<Step> active(int place) {
            int port = 42000 + place;
            command(1007, "PORT " + client.replace('.', ',') + "," + (port >> 8) + "," + (port & 255) + "\r\n");
            fromServer(FTP_DATA, port, Packets.SYN, 1, 0, "");
            fromClient(port, FTP_DATA, Packets.SYN | Packets.ACK, 1, 2, "");
            fromServer(FTP_DATA, port, PSH | Packets.ACK, 2, 2, "data");
            return taken();
        }

        private List<Step> beginWeb(int port) {
            fromClient(port, HTTP, Packets.SYN, 1, 0, "");
            fromServer(HTTP, port, Packets.SYN | Packets.ACK, 1, 2, "");
            fromClient(port, HTTP, Packets.ACK, 2, 2, "GET /");
            return taken();
        }

        private List<Step> goOnWithWeb(int port) {
            fromServer(HTTP, port, PSH | Packets.ACK, 2, 7, "200");
            fromClient(port, HTTP, Packets.ACK, 7, 5, "");
            return taken();
        }

        private List<Step> endControl() {
            fromClient(CONTROL + number, FTP, Packets.RST, 1100, 0, "");
            return taken();
        }

        private List<Step> endData(int place) {
            fromClient(41000 + place, 30000 + place, Packets.RST, 6, 0, "");
            fromClient(42000 + place, FTP_DATA, Packets.RST, 2, 0, "");
            return taken();
        }

        private List<Step> taken() {
            List<Step> taken = List.copyOf(steps);
            steps.clear();
            return taken;
        }
    }

    private static void services(WorkersLab lab) throws ServiceException {
        lab.service(Protocol.TCP, FTP, 0, -1, Forwarding.MASQUERADE, 1);
        lab.service(Protocol.TCP, HTTP, 0, -1, Forwarding.MASQUERADE, 1);
    }

    /** Each frame comes to any worker, and what goes out is what one worker sends. */
    private static final class Both implements AutoCloseable {
        private final WorkersLab one;
        private final WorkersLab several;
        private final int workers;
        private final Random random;
        private final long seed;

        Both(int workers, long seed) throws ServiceException {
            this.workers = workers;
            this.seed = seed;
            random = new Random(seed);
            one = new WorkersLab(1, 4096);
            several = new WorkersLab(workers, 4096 * workers);
            services(one);
            services(several);
        }

        void play(String what, List<Step> steps) {
            for (int i = 0; i < steps.size(); i++) {
                Step step = steps.get(i);
                List<String> expected = one.arrives(0, step.atServers, step.frame);
                assertThat(several.arrives(random.nextInt(workers), step.atServers, step.frame))
                        .as("seed %d, %s, step %d", seed, what, i).isEqualTo(expected);
            }
        }

        void pass(double seconds) {
            assertThat(several.pass(seconds)).containsExactlyInAnyOrderElementsOf(one.pass(seconds));
            assertThat(several.state()).as("seed %d", seed).isEqualTo(one.state());
        }

        @Override
        public void close() {
            one.close();
            several.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 5})
    void sessionsGoAsWithOneWorker(int workers) throws ServiceException {
        for (long seed = 1; seed <= 5; seed++) {
            try (Both both = new Both(workers, seed)) {
                List<Session> sessions = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    sessions.add(new Session(i));
                }
                for (Session session : sessions) {
                    both.play("web before", session.beginWeb(50000));
                    both.play("login", session.login());
                }
                for (Session session : sessions) {
                    for (int i = 0; i < 3; i++) {
                        int place = session.number * 3 + i;
                        both.play("passive", session.passive(place));
                        both.play("active", session.active(place));
                        both.play("web beside", session.beginWeb(50010 + i));
                        both.play("web before goes on", session.goOnWithWeb(50000));
                    }
                }
                both.pass(1);
                for (Session session : sessions) {
                    for (int i = 0; i < 3; i++) {
                        both.play("end of data", session.endData(session.number * 3 + i));
                    }
                    both.play("end", session.endControl());
                }
                both.pass(130);
                for (Session session : sessions) {
                    both.play("web before goes on", session.goOnWithWeb(50000));
                    for (int i = 0; i < 3; i++) {
                        both.play("web beside goes on", session.goOnWithWeb(50010 + i));
                    }
                    both.play("web after", session.beginWeb(50100));
                }
                both.pass(1000);
                assertThat(both.several.engines.connectionCount()).isZero();
            }
        }
    }

    @Test
    void aClientWithoutFtpAnyMoreIsAllWorkersAgain() throws ServiceException {
        try (Both both = new Both(2, 1)) {
            Session session = new Session(0);
            both.play("login", session.login());
            both.play("passive", session.passive(1));
            both.play("end of data", session.endData(1));
            both.play("end", session.endControl());
            both.pass(1000);
            for (int i = 0; i < 100; i++) {
                both.play("web", session.beginWeb(50000 + i));
            }
            for (int worker = 0; worker < 2; worker++) {
                assertThat(both.several.engines.engine(worker).connectionCount()).isBetween(20, 80);
            }
        }
    }
}
