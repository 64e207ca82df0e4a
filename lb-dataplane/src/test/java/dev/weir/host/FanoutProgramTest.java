package dev.weir.host;

import static dev.weir.host.FrameText.ethernet;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The program in this machine's kernel, over frames that no interface sees, says what the engine's hash says. */
@Tag("root")
class FanoutProgramTest {
    private static final int FRAMES = 400;
    private static final int TCP = 6;
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
    @ValueSource(ints = {2, 3, 64})
    void everyFrameGoesToTheWorkerOfItsClient(int workers) throws IOException {
        Random random = new Random(workers);
        ClientHash hash = new ClientHash(random.nextLong(), workers);
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
                check(program, hash, client, vip, client, random.nextInt(workers));
                check(program, hash, server, client, client, i);
                check(program, hash, server, vip, server, i);
                frames[hash.owner(IpAddress.parse(client).high(), IpAddress.parse(client).low())]++;
            }
            assertThat(Arrays.stream(frames).max().orElseThrow()).as("of %d clients, of %d workers", FRAMES, workers)
                    .isLessThan(2 * FRAMES / workers + 20);
        }
    }

    private static void check(Bpf.Program program, ClientHash hash, String source, String destination, String client,
            int step) throws IOException {
        IpAddress address = IpAddress.parse(client);
        byte[] frame = source.contains(":")
                ? ethernet(0x86dd, ipv6(source, destination, TCP, ports(8080, 40000)))
                : ethernet(0x0800, ipv4(source, destination, TCP, 0, ports(8080, 40000)));
        assertThat(program.testRun(frame, 0)).as("%s > %s, step %d", source, destination, step)
                .isEqualTo(hash.owner(address.high(), address.low()));
    }
}
