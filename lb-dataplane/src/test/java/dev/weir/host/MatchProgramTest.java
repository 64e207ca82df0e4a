package dev.weir.host;

import static dev.weir.host.FrameText.ethernet;
import static dev.weir.host.FrameText.fragmentHeader;
import static dev.weir.host.FrameText.icmp;
import static dev.weir.host.FrameText.ipv4;
import static dev.weir.host.FrameText.ipv6;
import static dev.weir.host.FrameText.options;
import static dev.weir.host.FrameText.ports;
import static dev.weir.host.FrameText.vlan;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.host.Match.Kind;
import dev.weir.sys.Bpf;
import dev.weir.sys.NetworkNamespace;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The program in this machine's kernel, over frames that no interface sees. */
@Tag("root")
class MatchProgramTest {
    private static final int TCP = 6;
    private static final int ICMP = 1;
    private static final int ICMPV6 = 58;
    private static final int UDP = 17;
    private static final int SCTP = 132;
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86dd;
    private static final int MORE = 0x2000;
    private static final int TC_ACT_REDIRECT = 7;
    private static final String CLIENT = "198.51.100.7";
    private static final String VIP = "192.0.2.80";
    private static final String HOST = "192.0.2.1";
    private static final String SERVER = "10.0.0.10";
    private static final String TUNNELLED = "10.0.0.20";
    private static final String FTP = "192.0.2.21";
    private static final String FTP_SERVER = "10.0.0.21";
    private static final String OUTSIDE = "198.51.100.50";
    private static final String OUTSIDE6 = "2001:db8:50::1";
    private static final String CLIENT6 = "2001:db8:1::7";
    private static final String VIP6 = "2001:db8::80";
    private static final String HOST6 = "2001:db8::1";
    private static final String SERVER6 = "2001:db8:a::10";

    private static MatchMaps maps;
    private static Bpf.Program filter;
    private static Bpf.Program classifier;
    private static Bpf.Map sockets;
    private static Bpf.Program redirector;
    /** As old kernels get it. */
    private static Bpf.Program redirectorOfWholeFrames;

    record Case(String what, boolean weirs, FrameText.Bytes frame) {
        @Override
        public String toString() {
            return what;
        }
    }

    @BeforeAll
    static void load() throws IOException {
        NetworkNamespace.requireRoot();
        maps = new MatchMaps();
        filter = new Bpf.Program(Bpf.ProgramType.SOCKET_FILTER, "test_filter",
                MatchProgram.assemble(SkbContext.FILTER, maps));
        classifier = new Bpf.Program(Bpf.ProgramType.SCHED_CLS, "test_cls",
                MatchProgram.assemble(SkbContext.INGRESS, maps));
        sockets = Bpf.Map.xdpSockets("test_sockets", 1);
        redirector = redirector(Bpf.ProgramType.XDP_IN_PIECES);
        redirectorOfWholeFrames = redirector(Bpf.ProgramType.XDP);
        maps.update(Set.of(service(TCP, VIP, 80), service(UDP, VIP, 0), service(TCP, VIP6, 80),
                service(SCTP, VIP6, 5000), server(SCTP, SERVER6, 6000), server(TCP, SERVER, 8080),
                server(UDP, SERVER, 0),
                server(TCP, SERVER6, 8080),
                server(4, TUNNELLED, 0), server(UDP, TUNNELLED, 5555), server(47, SERVER6, 0),
                new Match(Kind.FTP_SERVICE, TCP, IpAddress.parse(FTP), 0), server(TCP, FTP_SERVER, 20),
                new Match(Kind.FTP_SERVER, TCP, IpAddress.parse(FTP_SERVER), 0),
                address(Kind.VIRTUAL_ADDRESS, VIP), address(Kind.VIRTUAL_ADDRESS, VIP6),
                address(Kind.HOST_ADDRESS, VIP),
                address(Kind.HOST_ADDRESS, HOST), address(Kind.HOST_ADDRESS, HOST6),
                prefix(Kind.SERVICE, TCP, "203.0.113.0/24", 443), prefix(Kind.SERVICE, UDP, "203.0.113.0/28", 0),
                prefix(Kind.SERVICE, TCP, "0.0.0.0/0", 8443), prefix(Kind.SERVICE, TCP, "2001:db8:5::/64", 443),
                prefix(Kind.VIRTUAL_ADDRESS, 0, "203.0.113.0/24", 0),
                prefix(Kind.VIRTUAL_ADDRESS, 0, "2001:db8:5::/64", 0),
                prefix(Kind.DELIVERED_SERVICE, TCP, "100.64.0.0/10", 80),
                prefix(Kind.DELIVERED_SERVICE, SCTP, "100.64.0.0/10", 0),
                prefix(Kind.SERVICE, TCP, "100.64.0.0/10", 0),
                prefix(Kind.DELIVERED_SERVICE, TCP, "2001:db8:64::/48", 80),
                prefix(Kind.DELIVERED_ADDRESS, 0, "100.64.0.0/10", 0),
                prefix(Kind.VIRTUAL_ADDRESS, 0, "100.64.0.0/10", 0),
                prefix(Kind.OUTWARD, ICMP, "10.9.0.0/16", 0), prefix(Kind.OUTWARD, ICMPV6, "2001:db8:9::7/128", 0),
                service(ICMP, OUTSIDE, 0), service(ICMPV6, OUTSIDE6, 0),
                prefix(Kind.OUTWARD, TCP, "10.9.0.0/16", 0), prefix(Kind.OUTWARD, TCP, "2001:db8:9::7/128", 0),
                prefix(Kind.HOST_ADDRESS, 0, "203.0.113.0/26", 0),
                prefix(Kind.HOST_ADDRESS, 0, "2001:db8:5::/96", 0)));
    }

    /** A test run's frames are for the loopback device, whose address is zeros. */
    private static Bpf.Program redirector(Bpf.ProgramType type) throws IOException {
        return new Bpf.Program(type, "test_xdp",
                MatchProgram.assemble(new XdpContext(0, sockets.descriptor(), type), maps));
    }

    @AfterAll
    static void unload() {
        if (maps != null) {
            redirectorOfWholeFrames.close();
            redirector.close();
            sockets.close();
            classifier.close();
            filter.close();
            maps.close();
        }
    }

    static Stream<Case> frames() {
        byte[] web = ports(40000, 80);
        byte[] reply = ports(8080, 40000);
        byte[] toServer = ports(40000, 8080);
        return Stream.of(
                weirs("TCP to a service", IPV4, ipv4(CLIENT, VIP, TCP, 0, web)),
                weirs("do not fragment is no fragment", IPV4, ipv4(CLIENT, VIP, TCP, 0x4000, web)),
                weirs("with IPv4 options", IPV4, ipv4(CLIENT, VIP, TCP, 0, web, 1, 1, 1, 0)),
                weirs("TCP begun behind the director", IPV4, ipv4("10.9.1.1", CLIENT, TCP, 0, ports(5000, 443))),
                weirs("the same from a port of FTP's data", IPV4, ipv4("10.9.1.1", CLIENT, TCP, 0, ports(20, 443))),
                weirs("a fragment of it", IPV4, ipv4("10.9.1.1", CLIENT, TCP, MORE, ports(5000, 443))),
                weirs("the same from one IPv6 address", IPV6, ipv6("2001:db8:9::7", CLIENT6, TCP, ports(5000, 443))),
                weirs("a ping begun there", IPV4, ipv4("10.9.1.1", CLIENT, ICMP, 0, icmp(8, web))),
                weirs("a fragment of one", IPV4, ipv4("10.9.1.1", CLIENT, ICMP, MORE, icmp(8, web))),
                hosts("a ping begun there to the host itself", IPV4, ipv4("10.9.1.1", HOST, ICMP, 0, icmp(8, web))),
                hosts("an answer from there", IPV4, ipv4("10.9.1.1", CLIENT, ICMP, 0, icmp(0, web))),
                weirs("an answer to one", IPV4, ipv4(CLIENT, OUTSIDE, ICMP, 0, icmp(0, web))),
                weirs("a fragment of an answer", IPV4, ipv4(CLIENT, OUTSIDE, ICMP, MORE, icmp(0, web))),
                hosts("a ping of the address it leaves from", IPV4, ipv4(CLIENT, OUTSIDE, ICMP, 0, icmp(8, web))),
                weirs("a ping over IPv6", IPV6, ipv6("2001:db8:9::7", CLIENT6, ICMPV6, icmp(128, web))),
                weirs("its answer", IPV6, ipv6(CLIENT6, OUTSIDE6, ICMPV6, icmp(129, web))),
                hosts("a neighbour solicitation from there", IPV6,
                        ipv6("2001:db8:9::7", CLIENT6, ICMPV6, icmp(135, web))),
                hosts("UDP begun there, which no rule names", IPV4, ipv4("10.9.1.1", CLIENT, UDP, 0, ports(5000, 53))),
                hosts("TCP begun there to the host itself", IPV4, ipv4("10.9.1.1", HOST, TCP, 0, ports(5000, 443))),
                hosts("TCP to another port", IPV4, ipv4(CLIENT, VIP, TCP, 0, ports(1, 22))),
                hosts("TCP to the port of a service at another address", IPV4, ipv4(CLIENT, HOST, TCP, 0, web)),
                hosts("UDP where the service is TCP", IPV6, ipv6(CLIENT6, VIP6, UDP, web)),
                weirs("any port of a service of every port", IPV4, ipv4(CLIENT, VIP, UDP, 0, ports(1, 53))),
                weirs("IPv6 to a service", IPV6, ipv6(CLIENT6, VIP6, TCP, web)),
                weirs("SCTP", IPV6, ipv6(CLIENT6, VIP6, SCTP, ports(1, 5000))),
                weirs("a server's SCTP", IPV6, ipv6(SERVER6, CLIENT6, SCTP, ports(6000, 1))),
                hosts("a server's SCTP from another port", IPV6, ipv6(SERVER6, CLIENT6, SCTP, ports(6001, 1))),
                weirs("an SCTP fragment from a server", IPV6,
                        ipv6(SERVER6, CLIENT6, 44, fragmentHeader(SCTP, 0x100, ports(1, 2)))),
                weirs("behind IPv6 options", IPV6,
                        ipv6(CLIENT6, VIP6, 0, options(43, options(60, options(TCP, web))))),
                hosts("behind more IPv6 options than are walked", IPV6, ipv6(CLIENT6, VIP6, 60,
                        options(60,
                                options(60, options(60, options(60, options(60, options(60, options(TCP, web))))))))),
                weirs("a server's reply", IPV4, ipv4(SERVER, CLIENT, TCP, 0, reply)),
                weirs("a server's reply from any port", IPV4, ipv4(SERVER, CLIENT, UDP, 0, ports(7, 9))),
                weirs("a server's reply over IPv6", IPV6, ipv6(SERVER6, CLIENT6, TCP, reply)),
                hosts("a server's own connection", IPV4, ipv4(SERVER, CLIENT, TCP, 0, ports(40000, 443))),
                hosts("a server's answer to the director's check", IPV4, ipv4(SERVER, HOST, TCP, 0, reply)),
                hosts("the same over IPv6", IPV6, ipv6(SERVER6, HOST6, TCP, reply)),
                weirs("a server as a client of the service", IPV4, ipv4(SERVER, VIP, TCP, 0, ports(8080, 80))),
                hosts("a client that talks to a server by itself", IPV4, ipv4(CLIENT, SERVER, TCP, 0, toServer)),
                weirs("the first fragment to a virtual address", IPV4, ipv4(CLIENT, VIP, UDP, MORE, web)),
                weirs("the last fragment", IPV4, ipv4(CLIENT, VIP, TCP, 100, web)),
                hosts("a fragment of a ping", IPV4, ipv4(CLIENT, VIP, 1, MORE, web)),
                weirs("a fragment from a server", IPV4, ipv4(SERVER, CLIENT, TCP, 185, web)),
                hosts("a fragment from a server to the host", IPV4, ipv4(SERVER, HOST, UDP, 185, web)),
                hosts("a fragment to others", IPV4, ipv4(CLIENT, HOST, UDP, MORE, web)),
                weirs("an IPv6 fragment", IPV6, ipv6(CLIENT6, VIP6, 44, fragmentHeader(TCP, 1, web))),
                weirs("an IPv6 fragment from a server", IPV6,
                        ipv6(SERVER6, CLIENT6, 44, fragmentHeader(TCP, 0x100, web))),
                hosts("an IPv6 fragment to the host", IPV6, ipv6(SERVER6, HOST6, 44, fragmentHeader(TCP, 1, web))),
                hosts("an IPv6 fragment of a ping", IPV6, ipv6(CLIENT6, VIP6, 44, fragmentHeader(58, 1, web))),
                hosts("a ping", IPV4, ipv4(CLIENT, VIP, 1, 0, icmp(8, web))),
                hosts("a neighbour solicitation", IPV6, ipv6(CLIENT6, VIP6, 58, icmp(135, web))),
                weirs("an ICMP error to a virtual address", IPV4,
                        ipv4("203.0.113.1", VIP, 1, 0, icmp(3, ipv4(VIP, CLIENT, TCP, 0, reply)))),
                hosts("an ICMP error to the host", IPV4,
                        ipv4("203.0.113.1", HOST, 1, 0, icmp(11, ipv4(HOST, CLIENT, TCP, 0, reply)))),
                weirs("an ICMP error about a packet to a server", IPV4,
                        ipv4("10.0.0.1", CLIENT, 1, 0, icmp(3, ipv4(CLIENT, SERVER, TCP, 0, toServer)))),
                hosts("an ICMP error about another port of a server", IPV4,
                        ipv4("10.0.0.1", CLIENT, 1, 0, icmp(3, ipv4(CLIENT, SERVER, TCP, 0, web)))),
                weirs("an ICMP error about a tunnel", IPV4,
                        ipv4("10.0.0.1", HOST, 1, 0, icmp(3, ipv4(HOST, TUNNELLED, 4, 0, new byte[20])))),
                weirs("an ICMP error about GUE", IPV4,
                        ipv4("10.0.0.1", HOST, 1, 0, icmp(3, ipv4(HOST, TUNNELLED, UDP, 0, ports(1, 5555))))),
                weirs("an ICMPv6 error to a virtual address", IPV6,
                        ipv6("2001:db8:f::1", VIP6, 58, icmp(2, ipv6(VIP6, CLIENT6, TCP, reply)))),
                weirs("an ICMPv6 error about a packet to a server", IPV6,
                        ipv6("2001:db8:f::1", CLIENT6, 58, icmp(1, ipv6(CLIENT6, SERVER6, TCP, toServer)))),
                weirs("an ICMPv6 error about GRE", IPV6,
                        ipv6("2001:db8:f::1", HOST6, 58, icmp(4, ipv6(HOST6, SERVER6, 47, new byte[8])))),
                hosts("an ICMPv6 error about others", IPV6,
                        ipv6("2001:db8:f::1", HOST6, 58, icmp(1, ipv6(HOST6, CLIENT6, TCP, web)))),
                weirs("one VLAN tag", 0x8100, vlan(100, IPV4, ipv4(CLIENT, VIP, TCP, 0, web))),
                weirs("one service VLAN tag", 0x88a8, vlan(100, IPV6, ipv6(CLIENT6, VIP6, TCP, web))),
                weirs("to a prefix, where it is the host's", IPV4, ipv4(CLIENT, "203.0.113.63", TCP, 0, ports(1, 443))),
                hosts("to a prefix, where it is not the host's", IPV4,
                        ipv4(CLIENT, "203.0.113.64", TCP, 0, ports(1, 443))),
                hosts("to a prefix, another port", IPV4, ipv4(CLIENT, "203.0.113.1", TCP, 0, web)),
                hosts("to a prefix, another protocol", IPV4, ipv4(CLIENT, "203.0.113.17", UDP, 0, ports(1, 443))),
                weirs("to a prefix, every port", IPV4, ipv4(CLIENT, "203.0.113.15", UDP, 0, ports(1, 7))),
                weirs("to any address, one of the host's", IPV4, ipv4(CLIENT, HOST, TCP, 0, ports(1, 8443))),
                weirs("to any address, in a local prefix", IPV4, ipv4(CLIENT, "203.0.113.5", TCP, 0, ports(1, 8443))),
                hosts("to any address, somebody else's", IPV4, ipv4(CLIENT, "198.51.100.9", TCP, 0, ports(1, 8443))),
                hosts("to any IPv4 address, over IPv6", IPV6, ipv6(CLIENT6, HOST6, TCP, ports(1, 8443))),
                weirs("to an IPv6 prefix", IPV6, ipv6(CLIENT6, "2001:db8:5::77", TCP, ports(1, 443))),
                hosts("to an IPv6 prefix, not the host's", IPV6,
                        ipv6(CLIENT6, "2001:db8:5:0:1::77", TCP, ports(1, 443))),
                weirs("a server's reply to a port that is marked, for others", IPV4,
                        ipv4(SERVER, CLIENT, TCP, 0, ports(8080, 8443))),
                hosts("a server's answer to the host in a local prefix", IPV4,
                        ipv4(SERVER, "203.0.113.9", TCP, 0, reply)),
                weirs("a fragment to a prefix", IPV4, ipv4(CLIENT, "203.0.113.9", TCP, MORE, web)),
                hosts("a fragment to a prefix, not the host's", IPV4, ipv4(CLIENT, "203.0.113.99", TCP, MORE, web)),
                weirs("an ICMP error to a prefix", IPV4, ipv4("198.51.100.1", "203.0.113.9", 1, 0,
                        icmp(3, ipv4("203.0.113.9", CLIENT, TCP, 0, reply)))),
                weirs("an ICMPv6 error to a prefix", IPV6, ipv6("2001:db8:f::1", "2001:db8:5::9", 58,
                        icmp(2, ipv6("2001:db8:5::9", CLIENT6, TCP, reply)))),
                weirs("delivered by its mark", IPV4, ipv4(CLIENT, "100.64.1.1", TCP, 0, web)),
                weirs("delivered by its mark, every port", IPV4, ipv4(CLIENT, "100.64.1.1", SCTP, 0, ports(7, 9))),
                weirs("delivered by its mark over IPv6", IPV6, ipv6(CLIENT6, "2001:db8:64::1", TCP, web)),
                hosts("not delivered by its mark: another port", IPV4,
                        ipv4(CLIENT, "100.64.1.1", TCP, 0, ports(40000, 81))),
                hosts("not delivered by its mark: another protocol", IPV4, ipv4(CLIENT, "100.64.1.1", UDP, 0, web)),
                hosts("not delivered by its mark: another prefix", IPV4, ipv4(CLIENT, "100.128.1.1", TCP, 0, web)),
                hosts("not delivered by its mark: another IPv6 prefix", IPV6,
                        ipv6(CLIENT6, "2001:db8:65::1", TCP, web)),
                hosts("what an origin answers", IPV4, ipv4("100.64.1.1", CLIENT, TCP, 0, ports(80, 40000))),
                weirs("a masqueraded cache's answer", IPV4, ipv4(SERVER, CLIENT, TCP, 0, reply)),
                hosts("a masqueraded cache's answer to the host", IPV4, ipv4(SERVER, HOST, TCP, 0, reply)),
                weirs("a fragment of what may be delivered", IPV4, ipv4(CLIENT, "100.64.1.1", SCTP, 100, web)),
                hosts("a fragment of another protocol", IPV4, ipv4(CLIENT, "100.64.1.1", UDP, 100, web)),
                weirs("an ICMP error to whom a client asked", IPV4, ipv4("198.51.100.1", "100.64.1.1", 1, 0,
                        icmp(3, ipv4("100.64.1.1", CLIENT, TCP, 0, ports(80, 40000))))),
                hosts("a ping of whom a client asks", IPV4, ipv4(CLIENT, "100.64.1.1", 1, 0, icmp(8, web))),
                weirs("FTP's data from a client", IPV4, ipv4(CLIENT, FTP, TCP, 0, ports(40000, 20))),
                weirs("FTP's data to an announced port", IPV4, ipv4(CLIENT, FTP, TCP, 0, ports(1, 1024))),
                hosts("a privileged port of an address with FTP", IPV4, ipv4(CLIENT, FTP, TCP, 0, ports(40000, 1023))),
                hosts("UDP to an address with FTP", IPV4, ipv4(CLIENT, FTP, UDP, 0, ports(40000, 40000))),
                weirs("active FTP's data from a server", IPV4, ipv4(FTP_SERVER, CLIENT, TCP, 0, ports(20, 40000))),
                weirs("passive FTP's data from a server", IPV4, ipv4(FTP_SERVER, CLIENT, TCP, 0, ports(1024, 1))),
                hosts("an FTP server's SSH", IPV4, ipv4(FTP_SERVER, CLIENT, TCP, 0, ports(22, 40000))),
                hosts("an FTP server's connection to the host", IPV4, ipv4(FTP_SERVER, HOST, TCP, 0, ports(4000, 80))),
                weirs("an ICMP error about FTP's data", IPV4, ipv4("10.0.0.1", CLIENT, 1, 0,
                        icmp(3, ipv4(CLIENT, FTP_SERVER, TCP, 0, ports(40000, 30000))))),
                hosts("ARP", 0x0806, new byte[46]),
                hosts("a wrong version", IPV4, ipv6(CLIENT6, VIP6, TCP, web)),
                hosts("a header length of 16", IPV4, patched(ipv4(CLIENT, VIP, TCP, 0, web), 0, 0x44)),
                hosts("a total length beyond the frame", IPV4, patched(ipv4(CLIENT, VIP, TCP, 0, web), 3, 200)),
                hosts("a payload length beyond the frame", IPV6, patched(ipv6(CLIENT6, VIP6, TCP, web), 5, 200)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("frames")
    void each_frame_has_one_owner(Case it) throws Exception {
        assertThat(accepts(it.frame.bytes(), 0)).as("socket filter").isEqualTo(it.weirs ? -1 : 0);
        assertThat(classifier.testRun(it.frame.bytes(), 0)).as("ingress").isEqualTo(it.weirs ? 2 : -1);
        assertThat(redirects(it.frame.bytes())).as("XDP").isEqualTo(it.weirs);
    }

    @Test
    void a_frame_cut_anywhere_before_its_ports_end_is_the_hosts() throws Exception {
        byte[] whole = ethernet(IPV4, ipv4(CLIENT, VIP, TCP, 0, Arrays.copyOf(ports(1, 80), 4)));
        assertThat(accepts(whole, 0)).isEqualTo(-1);
        assertThat(redirects(whole)).isTrue();
        for (int length = 14; length < whole.length; length++) {
            assertThat(redirects(Arrays.copyOf(whole, length))).as("%d bytes", length).isFalse();
            assertThat(accepts(Arrays.copyOf(whole, length), 0)).as("%d bytes", length).isZero();
        }
    }

    /** The kernel gives a test run all that is beyond a page in further pieces, which the program cannot read. */
    @ParameterizedTest
    @ValueSource(ints = {1000, 3000, 3400, 3500, 4000, 8972, 60_000})
    void of_a_frame_in_several_pieces_the_headers_say_whose_it_is(int payload) throws Exception {
        byte[] data = FrameText.join(ports(1, 80), new byte[payload]);
        byte[] v4 = ethernet(IPV4, ipv4(CLIENT, VIP, TCP, 0, data));
        byte[] v6 = ethernet(IPV6, ipv6(CLIENT6, VIP6, TCP, data));
        for (byte[] frame : List.of(v4, v6)) {
            assertThat(redirects(redirector, frame)).isTrue();
            assertThat(redirects(redirector, Arrays.copyOf(frame, frame.length + 7))).as("with a trailer").isTrue();
            assertThat(redirects(redirector, Arrays.copyOf(frame, frame.length - 1))).as("cut").isFalse();
        }
        assertThat(redirects(redirector, ethernet(IPV4, ipv4(CLIENT, HOST, TCP, 0, data)))).as("the host's").isFalse();
        assertThat(redirects(redirector, ethernet(IPV4, ipv4(CLIENT, "192.0.2.99", UDP, MORE, data)))).as("a fragment")
                .isFalse();
        assertThat(redirects(redirector, ethernet(IPV6, ipv6(CLIENT6, VIP6, TCP, ports(1, 81))))).isFalse();
    }

    @Test
    void what_was_handed_back_is_not_taken_again() throws Exception {
        byte[] frame = ethernet(IPV4, ipv4(CLIENT, VIP, TCP, 0, ports(1, 80)));
        assertThat(accepts(frame, MatchProgram.HANDED_BACK)).isZero();
        assertThat(classifier.testRun(frame, MatchProgram.HANDED_BACK)).isEqualTo(-1);
    }

    @Test
    void a_frame_for_another_station_is_left_alone() throws Exception {
        byte[] frame = patched(ethernet(IPV4, ipv4(CLIENT, VIP, TCP, 0, ports(1, 80))), 0, 0x02);
        assertThat(classifier.testRun(frame, 0)).isEqualTo(-1);
        assertThat(redirects(frame)).isFalse();
    }

    @Test
    void what_ends_at_a_port_of_health_checks_is_neither_weirs_nor_the_hosts() throws Exception {
        int lo = 1;
        byte[] ours = MatchKey.key(MatchKey.CHECK, TCP, IpAddress.parse(HOST), 0xf001);
        byte[] ours6 = MatchKey.key(MatchKey.CHECK, TCP, IpAddress.parse(HOST6), 0xf001);
        maps.divert(ours, lo);
        maps.divert(ours6, lo);
        List<Case> checks = List.of(
                weirs("an answer from the virtual address", IPV4, ipv4(VIP, HOST, TCP, 0, ports(80, 0xf001))),
                weirs("a server's answer", IPV4, ipv4(SERVER, HOST, TCP, 0, ports(8080, 0xf001))),
                weirs("what a server sent on to a service", IPV4, ipv4(HOST, VIP, TCP, 0, ports(0xf001, 80))),
                weirs("an ICMP error", IPV4,
                        ipv4(SERVER, HOST, 1, 0, icmp(3, ipv4(HOST, VIP, TCP, 0, ports(0xf001, 80))))),
                weirs("an answer over IPv6", IPV6, ipv6(VIP6, HOST6, TCP, ports(80, 0xf001))),
                weirs("an ICMPv6 error", IPV6,
                        ipv6(SERVER6, HOST6, 58, icmp(1, ipv6(HOST6, VIP6, TCP, ports(0xf001, 80))))));
        List<Case> others = List.of(
                hosts("another port", IPV4, ipv4(VIP, HOST, TCP, 0, ports(80, 0xf002))),
                hosts("another protocol", IPV4, ipv4(VIP, HOST, UDP, 0, ports(80, 0xf001))),
                weirs("a client's with such a port", IPV4, ipv4(CLIENT, VIP, TCP, 0, ports(0xf001, 80))));
        for (Case it : checks) {
            assertThat(classifier.testRun(it.frame.bytes(), 0)).as("ingress: %s", it).isEqualTo(TC_ACT_REDIRECT);
            assertThat(accepts(it.frame.bytes(), 0)).as("socket filter: %s", it).isZero();
            assertThat(redirects(it.frame.bytes())).as("XDP: %s", it).isFalse();
        }
        for (Case it : others) {
            each_frame_has_one_owner(it);
        }
        maps.undivert(ours);
        maps.undivert(ours6);
        assertThat(classifier.testRun(checks.getFirst().frame.bytes(), 0)).isEqualTo(-1);
    }

    @Test
    void errors_about_a_tunnel_that_checks_go_through_are_copied_and_have_their_owner_all_the_same() throws Exception {
        byte[] key = MatchKey.key(MatchKey.CHECKED_TUNNEL, 4, IpAddress.parse(TUNNELLED), 0);
        Case error = weirs("an ICMP error about a tunnel", IPV4,
                ipv4("10.0.0.1", HOST, 1, 0, icmp(3, ipv4(HOST, TUNNELLED, 4, 0, new byte[20]))));
        try (Bpf.Program handBack = new Bpf.Program(Bpf.ProgramType.SCHED_CLS, "test_back",
                MatchProgram.assemble(new HandBackContext(1), maps))) {
            maps.divert(key, 1);
            each_frame_has_one_owner(error);
            assertThat(handBack.testRun(error.frame.bytes(), 0)).isEqualTo(TC_ACT_REDIRECT);
            maps.undivert(key);
            for (Case it : frames().toList()) {
                assertThat(handBack.testRun(it.frame.bytes(), 0)).as(it.what).isEqualTo(TC_ACT_REDIRECT);
            }
        }
    }

    /** There is no socket at the queue of a test run, so what would be redirected is lost. */
    private static boolean redirects(byte[] frame) throws IOException {
        boolean redirects = redirects(redirector, frame);
        assertThat(redirects(redirectorOfWholeFrames, frame)).as("the same of a program for whole frames")
                .isEqualTo(redirects);
        return redirects;
    }

    private static boolean redirects(Bpf.Program program, byte[] frame) throws IOException {
        int verdict = program.testRun(frame);
        assertThat(verdict).isIn(XdpContext.XDP_DROP, XdpContext.XDP_PASS);
        return verdict == XdpContext.XDP_DROP;
    }

    /** A test run takes an Ethernet header off before a socket filter sees the frame, so it gets one more. */
    private static int accepts(byte[] frame, int mark) throws IOException {
        return filter.testRun(FrameText.join(new byte[14], frame), mark);
    }

    private static Case weirs(String what, int type, byte[] packet) {
        return new Case(what, true, () -> ethernet(type, packet));
    }

    private static Case hosts(String what, int type, byte[] packet) {
        return new Case(what, false, () -> ethernet(type, packet));
    }

    private static byte[] patched(byte[] bytes, int offset, int value) {
        bytes[offset] = (byte) value;
        return bytes;
    }

    private static Match service(int protocol, String address, int port) {
        return new Match(Kind.SERVICE, protocol, IpAddress.parse(address), port);
    }

    private static Match prefix(Kind kind, int protocol, String prefix, int port) {
        String[] parts = prefix.split("/", 2);
        return new Match(kind, protocol, new IpPrefix(IpAddress.parse(parts[0]), Integer.parseInt(parts[1])), port);
    }

    private static Match server(int protocol, String address, int port) {
        return new Match(Kind.SERVER, protocol, IpAddress.parse(address), port);
    }

    private static Match address(Kind kind, String address) {
        return new Match(kind, 0, IpAddress.parse(address), 0);
    }
}
