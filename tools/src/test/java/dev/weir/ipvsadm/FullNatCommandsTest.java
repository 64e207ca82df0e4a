package dev.weir.ipvsadm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.connection.ConnectionEntry;
import dev.weir.engine.LocalUse;
import dev.weir.service.ClientAddress;
import dev.weir.service.Protocol;
import dev.weir.service.ServiceKey;
import dev.weir.service.VirtualService;
import dev.weir.wire.IpAddress;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** FULLNAT as its users know the commands: the words are DPVS's, but where ipvsadm 1.31 has them for something else. */
class FullNatCommandsTest {
    private static final String SERVICE = "-t 172.25.254.1:80";
    private static final IpAddress VIP = IpAddress.parse("172.25.254.1");
    private final StillDirector director = new StillDirector();
    private final Ipvsadm ipvsadm = new Ipvsadm(director, new SystemNames(List.of()),
            new SyncDaemons(name -> 1500, new IdleRunner()));

    @BeforeEach
    void service() {
        done("-A " + SERVICE + " -s rr");
    }

    private Result run(String arguments) {
        return ipvsadm.run(List.of(arguments.split(" ", -1)), "");
    }

    private String done(String arguments) {
        Result result = run(arguments);
        assertThat(result.stderr()).as(arguments).isEmpty();
        assertThat(result.exit()).as(arguments).isZero();
        return result.stdout();
    }

    private void refused(String arguments, int exit, String message) {
        assertThat(run(arguments)).as(arguments).isEqualTo(new Result(exit, "", message + "\n"));
    }

    private VirtualService settled() {
        return Objects.requireNonNull(
                director.services().current().find(new ServiceKey.Address(Protocol.TCP, VIP, 80)));
    }

    @Test
    void aServerUnderFullNatHasItsOwnPortAndEitherFamily() {
        done("-a " + SERVICE + " -r 10.0.0.1:8080 --fullnat -w 3");
        done("-a " + SERVICE + " -r [2001:db8::1]:81 --fullnat");
        assertThat(done("-Ln")).isEqualTo("""
                IP Virtual Server version 1.2.1 (size=4096)
                Prot LocalAddress:Port Scheduler Flags
                  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
                TCP  172.25.254.1:80 rr
                  -> 10.0.0.1:8080                FullNat 3      0          0        \s
                  -> [2001:db8::1]:81             FullNat 1      0          0        \s
                """);
        done("-e " + SERVICE + " -r 10.0.0.1:8080 -m");
        assertThat(done("-Ln")).contains("10.0.0.1:8080                Masq ");
    }

    @Test
    void theLetterBIsStillOfSchedulerFlagsAndTheMessageSaysWhatToWrite() {
        String illegal = "Illegal 'sched-flags' option with the 'add-server' command; for FULLNAT write --fullnat";
        refused("-a " + SERVICE + " -r 10.0.0.1:80 -b -w 1", 2, illegal);
        refused("-a " + SERVICE + " -r 10.0.0.1:80 -b", 255, "-b: missing argument; for FULLNAT write --fullnat");
        refused("-A -f 1 -b", 255, "-b: missing argument");
        done("-E " + SERVICE + " -s sh -b sh-port");
    }

    @Test
    void localAddressesAreAddedListedAndDeletedAsInDpvs() {
        done("--add-laddr -z 10.1.0.1 " + SERVICE + " -F dpdk0");
        done("-P --laddr 2001:db8::5 " + SERVICE);
        done("-P -z 10.1.0.9");
        assertThat(settled().localAddresses()).hasToString("[10.1.0.1, 2001:db8::5]");
        assertThat(director.services().current().localAddresses()).hasToString("[10.1.0.9]");
        done("--del-laddr --local-address 10.1.0.1 " + SERVICE + " --ifname dpdk0");
        done("-Q -z 10.1.0.9");
        assertThat(settled().localAddresses()).hasToString("[2001:db8::5]");
        assertThat(director.services().current().localAddresses()).isEmpty();
    }

    @Test
    void aLocalAddressThatCannotBeIsRefused() {
        done("-P -z 10.1.0.1 " + SERVICE);
        refused("-P -z 10.1.0.1 " + SERVICE, 255, "Local address already exists");
        refused("-Q -z 10.1.0.2 " + SERVICE, 255, "No such local address");
        refused("-Q -z 10.1.0.1", 255, "No such local address");
        refused("-P -z 10.1.0.1 -t 172.25.254.9:80", 255, "Service not defined");
        refused("-P " + SERVICE, 2, "You need to supply the 'local-address' option for the 'add-laddr' command");
        refused("-P -z 10.1 " + SERVICE, 2, "illegal local address specified");
        refused("-P -z 172.25.254.1 " + SERVICE, 255,
                "a local address must be a unicast address of the director that bears no service: 172.25.254.1");
        refused("-A -u 10.1.0.1:53", 255,
                "a local address of FULLNAT or source NAT can bear no service: 10.1.0.1");
    }

    @Test
    void anAddressThatTheHostHasNotYetIsTakenWithAWarning() {
        director.absent.add(IpAddress.parse("10.1.0.1"));
        assertThat(run("-P -z 10.1.0.1 " + SERVICE + " -F eth1")).isEqualTo(new Result(0, "",
                "10.1.0.1 is no address of this host now: the servers' answers come here once it is"
                        + " (ip address add 10.1.0.1/32 dev eth1)\n"));
        assertThat(settled().localAddresses()).hasToString("[10.1.0.1]");
    }

    @Test
    void howTheClientsAddressIsToldIsAServicesSettingInTwoSpellings() {
        done("-E " + SERVICE + " -s rr --client-address proxy-v1");
        assertThat(done("-Ln")).contains("172.25.254.1:80 rr client-address proxy-v1\n");
        done("-E " + SERVICE + " -s rr --proxy-protocol v2");
        assertThat(settled().settings().clientAddress()).isEqualTo(ClientAddress.PROXY_V2);
        done("-E " + SERVICE + " -s rr --proxy-protocol disable");
        assertThat(done("-Ln")).contains("172.25.254.1:80 rr\n");
        refused("-E " + SERVICE + " --proxy-protocol v2-insecure", 2,
                "proxy-protocol `v2-insecure': a PROXY header that a client sends is never believed; write v2");
        refused("-E " + SERVICE + " --client-address proxy", 2,
                "illegal client-address `proxy' specified; one of none|toa|proxy-v1|proxy-v2");
        refused("-A -u 172.25.254.1:53 --client-address proxy-v2", 2,
                "The PROXY protocol is only for TCP virtual services");
    }

    @Test
    void useIsListedForEachLocalAddressSummedOverServersAndWorkers() {
        IpAddress local = IpAddress.parse("10.1.0.1");
        IpAddress first = IpAddress.parse("10.0.0.1");
        IpAddress second = IpAddress.parse("10.0.0.2");
        done("-P -z 10.1.0.1 " + SERVICE);
        done("-P -z 10.1.0.9");
        done("-a " + SERVICE + " -r 10.0.0.1:8080 --fullnat");
        done("-a " + SERVICE + " -r 10.0.0.2:8080 --fullnat");
        done("-A -f 7");
        done("-a -f 7 -r 10.0.0.1 --fullnat");
        done("-A -u 172.25.254.1:53");
        director.localUse.add(new LocalUse(local, 6, first, 8080, 16128, 32256, 0));
        director.localUse.add(new LocalUse(local, 6, first, 8080, 16128, 32256, 0));
        director.localUse.add(new LocalUse(local, 6, second, 8080, 32256, 32256, 4));
        director.localUse.add(new LocalUse(local, 17, second, 8080, 1, 32256, 2));
        director.localUse.add(new LocalUse(IpAddress.parse("10.1.0.9"), 6, first, 80, 3, 32256, 1));
        assertThat(done("-G")).isEqualTo("""
                Prot VIP:VPORT            TOTAL    SNAT_IP              REFUSED    CONNS      PORTS      FULLEST
                shared                    1
                                                   10.1.0.9             1          3          64512      0%
                TCP  172.25.254.1:80      1
                                                   10.1.0.1             4          64512      129024     100%
                FWM  7                    shared
                                                   10.1.0.9             1          3          64512      0%
                """);
        assertThat(done("-G " + SERVICE).lines()).hasSize(3).contains(
                "                                   10.1.0.1             4          64512      129024     100%");
        assertThat(done("-G --json " + SERVICE)).isEqualTo("{\"local_pools\":[{\"protocol\":\"tcp\","
                + "\"address\":\"172.25.254.1\",\"port\":80,\"shared\":false,\"addresses\":[{\"address\":\"10.1.0.1\","
                + "\"connections\":64512,\"ports\":129024,\"fullest_percent\":100,\"refused\":4}]}]}\n");
        refused("-G -t 172.25.254.9:80", 1, "No such service");
    }

    @Test
    void clearingEndsSharedLocalAddressesToo() {
        done("-P -z 10.1.0.9");
        String saved = done("-S -n");
        assertThat(saved).isEqualTo("-P -z 10.1.0.9\n-A -t 172.25.254.1:80 -s rr\n");
        done("-C");
        assertThat(done("-S -n")).isEmpty();
        assertThat(ipvsadm.run(List.of("-R"), saved)).isEqualTo(new Result(0, "", ""));
        assertThat(done("-S -n")).isEqualTo(saved);
    }

    @Test
    void aConnectionIsListedWithTheDirectorsOwnEndLast() {
        IpAddress client = IpAddress.parse("192.0.2.1");
        IpAddress server = IpAddress.parse("10.0.0.1");
        director.connections.add(new ConnectionEntry(6, 60, "ESTABLISHED", client, 4000, VIP, 80, server, 8080, false,
                null));
        String plain = done("-Lnc");
        director.connections.add(new ConnectionEntry(6, 61, "ESTABLISHED", client, 4001, VIP, 80, server, 8080, false,
                null, new ConnectionEntry.Local(IpAddress.parse("10.1.0.1"), 1025)));
        assertThat(done("-Lnc")).isEqualTo(plain.replace("destination\n", "destination        local\n")
                + "TCP 01:01  ESTABLISHED 192.0.2.1:4001     172.25.254.1:80    10.0.0.1:8080      10.1.0.1:1025\n");
        assertThat(done("-Lnc --json")).contains("\"server_port\":8080,\"local\":\"10.1.0.1\",\"local_port\":1025}");
    }
}
