package dev.weir.vrrp.packet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.VrrpInstance;
import dev.weir.vrrp.Configurations;
import dev.weir.vrrp.packet.Reading.Accepted;
import dev.weir.vrrp.packet.Reading.Reason;
import dev.weir.vrrp.packet.Reading.Rejected;
import dev.weir.wire.IpAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Adverts against packets that Debian's keepalived 2.2.7 sent, byte by byte. */
class AdvertTest {
    private static final IpAddress KEEPALIVED = IpAddress.parse("10.9.0.1");
    private static final IpAddress GROUP = IpAddress.parse("224.0.0.18");
    private static final String FE80 = "fe80::9c0b:caff:fead:cfd8";

    private static final String PASS = """
            virtual_router_id 11
            authentication {
            auth_type PASS
            auth_pass secret12
            }
            virtual_ipaddress {
            10.9.0.100/24
            10.9.0.101/24
            }""";
    private static final String PASS_PACKET = "45c0002c00010000ff70d0840a090001e0000012210b64020101f7970a0900640a0900657365637265743132";

    private static final String AH = """
            virtual_router_id 12
            priority 150
            authentication {
            auth_type AH
            auth_pass key4
            }
            virtual_ipaddress {
            10.9.0.102/24
            }""";
    private static final String AH_PACKET = "45c0004000010000ff33d0ad0a090001e0000012700400000a0900010000000193a0853c2b71c120df28f6d3210c960102013c820a0900660000000000000000";
    private static final String AH_PACKET_2 = "45c0004000020000ff33d0ac0a090001e0000012700400000a090001000000028eda602986d18c98c0f0d107210c960102013c820a0900660000000000000000";

    private static final String VERSION_3 = """
            version 3
            virtual_router_id 13
            priority 200
            advert_int 0.5
            virtual_ipaddress {
            10.9.0.103/24
            }""";
    private static final String VERSION_3_PACKET = "45c0002000010000ff70d0900a090001e0000012310dc801003211b60a090067";

    private static final String IPV6 = """
            version 3
            virtual_router_id 15
            priority 200
            advert_int 0.5
            virtual_ipaddress {
            fe80::99/64
            2001:db8::99/64
            }""";
    private static final String IPV6_MESSAGE = "310fc8020032a58ffe80000000000000000000000000009920010db8000000000000000000000099";

    private static final String UNICAST = """
            virtual_router_id 17
            priority 91
            unicast_peer {
            10.9.0.2
            }
            unicast_ttl 7
            virtual_ipaddress {
            10.9.0.106/24
            }""";
    private static final String UNICAST_PACKET = "450000280001000007709e910a0900010a09000221115b01000179790a09006a0000000000000000";

    @Test
    void sendsWhatKeepalivedSendsWithAPassword() {
        assertThat(written(PASS, 100, KEEPALIVED, GROUP)).isEqualTo(PASS_PACKET);
    }

    @Test
    void sendsWhatKeepalivedSendsUnderAh() {
        VrrpInstance instance = Configurations.instance(AH);
        Exchange exchange = new Exchange();
        assertThat(written(instance, 150, KEEPALIVED, GROUP, exchange)).isEqualTo(AH_PACKET);
        assertThat(written(instance, 150, KEEPALIVED, GROUP, exchange)).isEqualTo(AH_PACKET_2);
    }

    @Test
    void sendsWhatKeepalivedSendsInVersion3WithThePseudoHeaderOfRfc5798() {
        assertThat(written(VERSION_3, 200, KEEPALIVED, GROUP)).isEqualTo(VERSION_3_PACKET);
    }

    @Test
    void sendsWhatKeepalivedSendsOverIpv6() {
        assertThat(written(IPV6, 200, IpAddress.parse(FE80), IpAddress.parse("ff02::12"))).isEqualTo(IPV6_MESSAGE);
    }

    @Test
    void sendsWhatKeepalivedSendsToAUnicastPeer() {
        String packet = written(UNICAST, 91, KEEPALIVED, IpAddress.parse("10.9.0.2"));
        // keepalived marks multicast as internet control (0xc0), and unicast not; the header's checksum follows.
        assertThat(packet).startsWith("45c0");
        assertThat(packet.substring(4, 20)).isEqualTo(UNICAST_PACKET.substring(4, 20));
        assertThat(packet.substring(24)).isEqualTo(UNICAST_PACKET.substring(24));
    }

    @Test
    void resignsAsKeepalivedDoes() {
        assertThat(written(PASS, 0, KEEPALIVED, GROUP))
                .isEqualTo("45c0002c00010000ff70d0840a090001e0000012210b000201015b980a0900640a0900657365637265743132");
    }

    @Test
    void leavesThePseudoHeaderOutWithV3ChecksumAsV2() {
        String packet = written(VERSION_3 + "\nv3_checksum_as_v2", 200, KEEPALIVED, GROUP);
        assertThat(packet).isNotEqualTo(VERSION_3_PACKET);
        assertThat(read(VERSION_3, packet)).isInstanceOf(Accepted.class);
    }

    @Test
    void readsWhatKeepalivedSends() {
        assertThat(read(PASS, PASS_PACKET)).isEqualTo(new Accepted(KEEPALIVED, new Advert(2, 11, 100,
                Duration.ofSeconds(1), List.of(IpAddress.parse("10.9.0.100"), IpAddress.parse("10.9.0.101")))));
        assertThat(read(AH, AH_PACKET)).isEqualTo(new Accepted(KEEPALIVED,
                new Advert(2, 12, 150, Duration.ofSeconds(1), List.of(IpAddress.parse("10.9.0.102")))));
        assertThat(read(VERSION_3, VERSION_3_PACKET)).isEqualTo(new Accepted(KEEPALIVED,
                new Advert(3, 13, 200, Duration.ofMillis(500), List.of(IpAddress.parse("10.9.0.103")))));
        Received message = Received.ipv6(segment(IPV6_MESSAGE), IpAddress.parse(FE80), IpAddress.parse("ff02::12"),
                255).orElseThrow();
        assertThat(AdvertReader.read(Configurations.instance(IPV6), message, new Exchange(), null)).isEqualTo(
                new Accepted(IpAddress.parse(FE80), new Advert(3, 15, 200, Duration.ofMillis(500),
                        List.of(IpAddress.parse("fe80::99"), IpAddress.parse("2001:db8::99")))));
    }

    @Test
    void takesPaddingBehindAPacket() {
        assertThat(read(VERSION_3, VERSION_3_PACKET + "000000000000")).isInstanceOf(Accepted.class);
    }

    @Test
    void dropsAPacketThatEndsTooEarly() {
        assertThat(reason(PASS, PASS_PACKET.substring(0, PASS_PACKET.length() - 2))).isEqualTo(Reason.LENGTH);
        assertThat(reason(PASS, changed(PASS_PACKET, bytes -> set(bytes, 3, 0x2b)))).isEqualTo(Reason.LENGTH);
        assertThat(reason(PASS, changed(PASS_PACKET, bytes -> set(bytes, 23, 200)))).isEqualTo(Reason.LENGTH);
    }

    @Test
    void doesNotKnowWhatIsShorterThanItsHeaders() {
        for (int length = 0; length < 28; length++) {
            assertThat(Received.ipv4(segment(PASS_PACKET.substring(0, 2 * length)))).isEmpty();
        }
        assertThat(Received.ipv4(segment(changed(PASS_PACKET, bytes -> set(bytes, 9, 17))))).isEmpty();
        assertThat(Received.ipv4(segment(changed(AH_PACKET, bytes -> set(bytes, 20, 17))))).isEmpty();
        assertThat(Received.ipv4(segment(changed(PASS_PACKET, bytes -> set(bytes, 0, 0x41))))).isEmpty();
        assertThat(Received.ipv6(segment(IPV6_MESSAGE.substring(0, 14)), KEEPALIVED, KEEPALIVED, 255)).isEmpty();
    }

    @Test
    void dropsMulticastThatWasRouted() {
        assertThat(reason(PASS, changed(PASS_PACKET, bytes -> set(bytes, 8, 254)))).isEqualTo(Reason.TTL);
    }

    @Test
    void namesTheVersions() {
        Rejected rejected = rejected(VERSION_3.replace("13", "11"), PASS_PACKET);
        assertThat(rejected.reason()).isEqualTo(Reason.VERSION);
        assertThat(rejected.text()).contains("10.9.0.1", "version 2", "version 3 here");
    }

    @Test
    void saysThatThePasswordDiffers() {
        Rejected rejected = rejected(PASS.replace("secret12", "secret13"), PASS_PACKET);
        assertThat(rejected.reason()).isEqualTo(Reason.PASSWORD);
        assertThat(rejected.text()).contains("password differs", "auth_pass").doesNotContain("secret");
    }

    @Test
    void comparesEightCharactersOfAPassword() {
        assertThat(read(PASS.replace("secret12", "secret12345"), PASS_PACKET)).isInstanceOf(Accepted.class);
    }

    @Test
    void namesDifferentTypesOfAuthentication() {
        String none = PASS.replaceFirst("(?s)authentication \\{.*?}\n", "");
        assertThat(rejected(none, PASS_PACKET).text()).contains("PASS at the sender, none here");
        assertThat(reason(AH.replace("AH", "PASS"), AH_PACKET)).isEqualTo(Reason.AUTHENTICATION_TYPE);
        assertThat(reason(PASS.replace("PASS", "AH"), PASS_PACKET)).isEqualTo(Reason.AUTHENTICATION_TYPE);
    }

    @Test
    void knowsAWrongKeyAReplayAndAChangedPacketUnderAh() {
        VrrpInstance instance = Configurations.instance(AH);
        Exchange exchange = new Exchange();
        assertThat(reason(AH.replace("key4", "key5"), AH_PACKET)).isEqualTo(Reason.DIGEST);
        assertThat(reason(AH, changed(AH_PACKET, bytes -> set(bytes, 46, 255)))).isEqualTo(Reason.DIGEST);
        assertThat(read(instance, AH_PACKET_2, exchange)).isInstanceOf(Accepted.class);
        assertThat(exchange.last()).isEqualTo(2);
        assertThat(((Rejected) read(instance, AH_PACKET, exchange)).reason()).isEqualTo(Reason.REPLAY);
        assertThat(((Rejected) read(instance, AH_PACKET_2, exchange)).reason()).isEqualTo(Reason.REPLAY);
    }

    @Test
    void whoTakesOverUnderAhGoesOnWhereTheMasterWas() {
        VrrpInstance instance = Configurations.instance(AH);
        Exchange backup = new Exchange();
        Exchange old = new Exchange();
        for (int i = 0; i < 5; i++) {
            read(instance, written(instance, 150, KEEPALIVED, GROUP, old), backup);
        }
        String first = written(instance, 100, IpAddress.parse("10.9.0.2"), GROUP, backup);
        assertThat(read(instance, first, old)).isInstanceOf(Accepted.class);
    }

    @Test
    void theSecurityIndexIsTheSender() {
        VrrpInstance instance = Configurations.instance(AH);
        MemorySegment packet = segment(AH_PACKET);
        packet.set(ValueLayout.JAVA_BYTE, 27, (byte) 9);
        byte[] digest = Layout.digest(packet, packet.byteSize(), 20, false, "key4");
        MemorySegment.copy(MemorySegment.ofArray(digest), 0, packet, 32, 12);
        Rejected rejected = (Rejected) AdvertReader.read(instance, Received.ipv4(packet).orElseThrow(),
                new Exchange(), null);
        assertThat(rejected.reason()).isEqualTo(Reason.SECURITY_INDEX);
        assertThat(rejected.text()).contains("10.9.0.9");
    }

    @Test
    void dropsAnotherIntervalInVersion2AndLearnsItInVersion3() {
        Rejected rejected = rejected(PASS + "\nadvert_int 3", PASS_PACKET);
        assertThat(rejected.reason()).isEqualTo(Reason.INTERVAL);
        assertThat(rejected.text()).contains("advert_int 1 s at the sender, 3 s here");
        assertThat(((Accepted) read(VERSION_3.replace("0.5", "0.1"), VERSION_3_PACKET)).advert().interval())
                .isEqualTo(Duration.ofMillis(500));
    }

    @Test
    void dropsWhatIsNoAdvert() {
        assertThat(reason(VERSION_3, changed(VERSION_3_PACKET, bytes -> set(bytes, 20, 0x32))))
                .isEqualTo(Reason.TYPE);
    }

    @Test
    void dropsADamagedPacket() {
        assertThat(reason(VERSION_3, changed(VERSION_3_PACKET, bytes -> set(bytes, 22, 201))))
                .isEqualTo(Reason.CHECKSUM);
        assertThat(reason(PASS, changed(PASS_PACKET, bytes -> set(bytes, 22, 101)))).isEqualTo(Reason.CHECKSUM);
    }

    @Test
    void takesVersion3WithoutPseudoHeaderAsRfc9568HasIt() {
        // The sum of the message alone: 310d c801 0032 0a09 0067.
        assertThat(read(VERSION_3, changed(VERSION_3_PACKET, bytes -> set(set(bytes, 26, 0xfc), 27, 0x4e))))
                .isInstanceOf(Accepted.class);
    }

    private static final String OLD_CHECKSUM = """
            version 3
            virtual_router_id 18
            priority 200
            advert_int 0.5
            unicast_peer {
            10.9.0.2
            }
            virtual_ipaddress {
            10.9.0.107
            }""";
    /** With old_unicast_checksum; and without, from the other host. */
    private static final String OLD_CHECKSUM_PACKET = "45c0002000010000ff70a6980a0900010a0900023112c801003211ad0a09006b";
    private static final String NEW_CHECKSUM_PACKET = "45c0002000010000ff70a6980a0900010a0900023112c8010032e7b40a09006b";
    /** With old_unicast_checksum, and vrrp_mcast_group4 224.0.0.19 in global_defs. */
    private static final String OTHER_GROUP_PACKET = "45c0002000010000ff70a6980a0900010a0900023112c801003211ac0a09006b";
    private static final IpAddress PEER = IpAddress.parse("10.9.0.2");

    @Test
    void hasTheChecksumOfOldVersionsForPeersWhereAsked() {
        assertThat(written(OLD_CHECKSUM, 200, KEEPALIVED, PEER)).isEqualTo(NEW_CHECKSUM_PACKET);
        assertThat(written(OLD_CHECKSUM + "\nold_unicast_checksum never", 200, KEEPALIVED, PEER))
                .isEqualTo(NEW_CHECKSUM_PACKET);
        assertThat(written(OLD_CHECKSUM + "\nold_unicast_checksum", 200, KEEPALIVED, PEER))
                .isEqualTo(OLD_CHECKSUM_PACKET);
        VrrpInstance other = Configurations.read("global_defs {\nvrrp_mcast_group4 224.0.0.19\n}\nvrrp_instance A {\n"
                + "interface eth0\n" + OLD_CHECKSUM + "\nold_unicast_checksum\n}\n").instances().getFirst();
        assertThat(written(other, 200, KEEPALIVED, PEER, new Exchange())).isEqualTo(OTHER_GROUP_PACKET);
    }

    @Test
    void answersAPeerOfAnOldVersionInItsOwnForm() {
        VrrpInstance instance = Configurations.instance(OLD_CHECKSUM);
        Exchange exchange = new Exchange();
        assertThat(read(instance, NEW_CHECKSUM_PACKET, exchange)).isInstanceOf(Accepted.class);
        assertThat(exchange.hasHeardOldChecksum()).isFalse();
        assertThat(read(instance, OLD_CHECKSUM_PACKET.replace("0a09006b", "0a09006c"), exchange))
                .isInstanceOf(Rejected.class);
        assertThat(exchange.hasHeardOldChecksum()).isFalse();
        assertThat(read(instance, OLD_CHECKSUM_PACKET, exchange)).isInstanceOf(Accepted.class);
        assertThat(exchange.hasHeardOldChecksum()).isTrue();
        assertThat(written(instance, 200, KEEPALIVED, PEER, exchange)).isEqualTo(OLD_CHECKSUM_PACKET);
    }

    @Test
    void neverTakesNoChecksumOfOldVersions() {
        assertThat(reason(OLD_CHECKSUM + "\nold_unicast_checksum never", OLD_CHECKSUM_PACKET))
                .isEqualTo(Reason.CHECKSUM);
        assertThat(read(OLD_CHECKSUM + "\nold_unicast_checksum", NEW_CHECKSUM_PACKET)).isInstanceOf(Accepted.class);
    }

    @Test
    void takesTheOldUnicastChecksumFromAPeer() {
        String here = UNICAST + "\nversion 3";
        VrrpInstance multicast = Configurations.instance(here.replaceFirst("(?s)unicast_peer \\{.*?}\n", ""));
        String packet = written(multicast, 91, KEEPALIVED, GROUP, new Exchange());
        String sent = packet.substring(0, 32) + "0a090002" + packet.substring(40);
        assertThat(read(here, sent)).isInstanceOf(Accepted.class);
        assertThat(reason(here.replaceFirst("(?s)unicast_peer \\{.*?}\n", ""), sent)).isEqualTo(Reason.CHECKSUM);
    }

    @Test
    void namesMulticastAgainstUnicast() {
        assertThat(rejected(UNICAST.replaceFirst("(?s)unicast_peer \\{.*?}\n", ""),
                UNICAST_PACKET.replaceFirst("0770", "ff70")).text()).contains("a unicast advert", "no unicast_peer");
        assertThat(reason(UNICAST.replace("17", "11").replaceFirst("(?s)virtual_ipaddress.*}", "") + PASS,
                PASS_PACKET)).isEqualTo(Reason.TRANSPORT);
    }

    @Test
    void anotherListOfAddressesIsAnotherGroup() {
        Rejected count = rejected(PASS.replace("10.9.0.101/24\n", ""), PASS_PACKET);
        assertThat(count.reason()).isEqualTo(Reason.ADDRESS_COUNT);
        assertThat(count.text()).contains("virtual_router_id 11 is in use by another group");
        Rejected other = rejected(PASS.replace("10.9.0.101", "10.9.0.111"), PASS_PACKET);
        assertThat(other.reason()).isEqualTo(Reason.ADDRESSES);
        assertThat(other.text()).contains("10.9.0.111 is not among its addresses");
    }

    @Test
    void skipCheckAdvAddrTrustsTheMasterThatItKnows() {
        VrrpInstance instance = Configurations
                .instance(PASS.replace("10.9.0.101", "10.9.0.111") + "\nskip_check_adv_addr");
        Received packet = Received.ipv4(segment(PASS_PACKET)).orElseThrow();
        assertThat(AdvertReader.read(instance, packet, new Exchange(), KEEPALIVED)).isInstanceOf(Accepted.class);
        assertThat(AdvertReader.read(instance, packet, new Exchange(), null)).isInstanceOf(Rejected.class);
        assertThat(AdvertReader.read(instance, packet, new Exchange(), GROUP)).isInstanceOf(Rejected.class);
    }

    @Test
    void unicastSendersAndTheirTtlAreCheckedWhereAsked() {
        String peers = UNICAST.replace("10.9.0.2", "10.9.0.1 min_ttl 7 max_ttl 8");
        assertThat(read(peers, UNICAST_PACKET)).isInstanceOf(Accepted.class);
        assertThat(reason(peers.replace("min_ttl 7", "min_ttl 8"), UNICAST_PACKET)).isEqualTo(Reason.PEER_TTL);
        assertThat(reason(UNICAST + "\ncheck_unicast_src", UNICAST_PACKET)).isEqualTo(Reason.PEER);
        assertThat(read(UNICAST, UNICAST_PACKET)).isInstanceOf(Accepted.class);
    }

    @Test
    void noPacketBreaksTheReader() {
        for (long seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            String[] packets = {PASS_PACKET, AH_PACKET, VERSION_3_PACKET, UNICAST_PACKET};
            String[] instances = {PASS, AH, VERSION_3, UNICAST};
            byte[] bytes = HexFormat.of().parseHex(packets[random.nextInt(4)]);
            for (int i = random.nextInt(4); i >= 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            MemorySegment packet = MemorySegment.ofArray(bytes).asSlice(0, random.nextInt(bytes.length + 1));
            VrrpInstance instance = Configurations.instance(instances[random.nextInt(4)]);
            Received.ipv4(packet).ifPresent(received -> assertThat(
                    AdvertReader.read(instance, received, new Exchange(), null)).isNotNull());
        }
    }

    private static String written(String settings, int priority, IpAddress source, IpAddress destination) {
        return written(Configurations.instance(settings), priority, source, destination, new Exchange());
    }

    private static String written(VrrpInstance instance, int priority, IpAddress source, IpAddress destination,
            Exchange exchange) {
        byte[] memory = new byte[AdvertWriter.MAX_LENGTH];
        MemorySegment.ofArray(memory).fill((byte) 0xa5);
        int length = AdvertWriter.write(instance, priority, source, destination, exchange,
                MemorySegment.ofArray(memory));
        return HexFormat.of().formatHex(memory, 0, length);
    }

    private static Reading read(String settings, String packet) {
        return read(Configurations.instance(settings), packet, new Exchange());
    }

    private static Reading read(VrrpInstance instance, String packet, Exchange exchange) {
        return AdvertReader.read(instance, Received.ipv4(segment(packet)).orElseThrow(), exchange, null);
    }

    private static Rejected rejected(String settings, String packet) {
        return (Rejected) read(settings, packet);
    }

    private static Reason reason(String settings, String packet) {
        return rejected(settings, packet).reason();
    }

    private static MemorySegment segment(String hex) {
        return MemorySegment.ofArray(HexFormat.of().parseHex(hex));
    }

    private static String changed(String hex, UnaryOperator<byte[]> change) {
        return HexFormat.of().formatHex(change.apply(HexFormat.of().parseHex(hex)));
    }

    private static byte[] set(byte[] bytes, int at, int value) {
        bytes[at] = (byte) value;
        return bytes;
    }
}
