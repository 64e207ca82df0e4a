package dev.weir.host;

import static dev.weir.host.FrameText.ethernet;
import static dev.weir.host.FrameText.fragmentHeader;
import static dev.weir.host.FrameText.ipv4;
import static dev.weir.host.FrameText.ipv6;
import static dev.weir.host.FrameText.ports;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.host.Match.Kind;
import dev.weir.sys.Bpf;
import dev.weir.sys.NetworkNamespace;
import dev.weir.wire.ClientHash;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The program in this machine's kernel, over frames that no interface sees, says what the engine's hash says. */
@Tag("root")
class FanoutProgramTest {
    private static final int FRAMES = 400;
    private static final int TCP = 6;
    private static final int SOURCE_PORT = 8080;
    private static final int DESTINATION_PORT = 40000;
    private static final int MORE_FRAGMENTS = 0x2000;
    private static final String VIP = "192.0.2.80";
    private static final String VIP6 = "2001:db8::80";

    @BeforeAll
    static void needsRoot() {
        NetworkNamespace.requireRoot();
    }

    private static Match match(Kind kind, int protocol, String address, int port) {
        return new Match(kind, protocol, IpAddress.parse(address), port);
    }

    @ParameterizedTest
    @CsvSource({"2, true", "3, true", "64, true", "3, false"})
    void everyFrameGoesToTheWorkerOfItsClient(int workers, boolean byFlow) throws IOException {
        Random random = new Random(workers);
        ClientHash hash = new ClientHash(random.nextLong(), workers, byFlow);
        try (MatchMaps maps = new MatchMaps();
                Bpf.Program program = new Bpf.Program(Bpf.ProgramType.SOCKET_FILTER, "test_fanout",
                        FanoutProgram.assemble(hash, maps))) {
            maps.update(Set.of(match(Kind.VIRTUAL_ADDRESS, 0, VIP, 0), match(Kind.VIRTUAL_ADDRESS, 0, VIP6, 0),
                    match(Kind.SERVER, TCP, "10.0.0.10", 8080), match(Kind.SERVER, TCP, "2001:db8:a::10", 8080)));
            int[] frames = new int[workers];
            for (int i = 0; i < FRAMES; i++) {
                boolean v4 = random.nextBoolean();
                String vip = v4 ? VIP : VIP6;
                String server = v4 ? "10.0.0.10" : "2001:db8:a::10";
                String client = v4 ? "198.51.100." + random.nextInt(256) : "2001:db8:1::" + random.nextInt(9999);
                check(program, hash, client, vip, client, SOURCE_PORT);
                check(program, hash, server, client, client, DESTINATION_PORT);
                check(program, hash, server, vip, server, SOURCE_PORT);
                frames[owner(hash, client, SOURCE_PORT)]++;
            }
            assertThat(Arrays.stream(frames).max().orElseThrow()).as("of %d clients, of %d workers", FRAMES, workers)
                    .isLessThan(2 * FRAMES / workers + 20);
        }
    }

    /** Fragments are gathered by the one worker that their addresses say; options move the ports. */
    @Test
    void fragmentsGoToTheHomeOfTheirClient() throws IOException {
        ClientHash hash = new ClientHash(7, 64, true);
        String client = "198.51.100.7";
        byte[] ports = ports(SOURCE_PORT, DESTINATION_PORT);
        try (MatchMaps maps = new MatchMaps();
                Bpf.Program program = new Bpf.Program(Bpf.ProgramType.SOCKET_FILTER, "test_fanout",
                        FanoutProgram.assemble(hash, maps))) {
            for (int fragment : new int[]{MORE_FRAGMENTS, 185, MORE_FRAGMENTS | 185}) {
                assertThat(program.testRun(ethernet(0x0800, ipv4(client, VIP, TCP, fragment, ports)), 0))
                        .isEqualTo(owner(hash, client, 0));
            }
            assertThat(program.testRun(ethernet(0x0800, ipv4(client, VIP, TCP, 0, ports, 1, 1, 1, 1)), 0))
                    .as("behind options").isEqualTo(owner(hash, client, SOURCE_PORT));
            assertThat(program.testRun(ethernet(0x0800, ipv4(client, VIP, 1, 0, ports)), 0))
                    .as("without ports").isEqualTo(owner(hash, client, 0));
            String client6 = "2001:db8:1::7";
            assertThat(program.testRun(ethernet(0x86dd, ipv6(client6, VIP6, 44, fragmentHeader(TCP, 1, ports))), 0))
                    .isEqualTo(owner(hash, client6, 0));
        }
    }

    private static int owner(ClientHash hash, String client, int port) {
        IpAddress address = IpAddress.parse(client);
        return hash.owner(address.high(), address.low(), port);
    }

    private static void check(Bpf.Program program, ClientHash hash, String source, String destination, String client,
            int port) throws IOException {
        byte[] frame = source.contains(":")
                ? ethernet(0x86dd, ipv6(source, destination, TCP, ports(SOURCE_PORT, DESTINATION_PORT)))
                : ethernet(0x0800, ipv4(source, destination, TCP, 0, ports(SOURCE_PORT, DESTINATION_PORT)));
        assertThat(program.testRun(frame, 0)).as("%s > %s", source, destination)
                .isEqualTo(owner(hash, client, port));
    }
}
