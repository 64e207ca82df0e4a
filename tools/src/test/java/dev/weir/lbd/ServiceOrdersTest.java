package dev.weir.lbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.VirtualServer.AtAddress;
import dev.weir.conf.VirtualServer.OfMark;
import dev.weir.conf.VirtualServer.Service;
import dev.weir.connection.Timeouts;
import dev.weir.ipvsadm.Ipvsadm;
import dev.weir.ipvsadm.StillDirector;
import dev.weir.ipvsadm.IdleRunner;
import dev.weir.ipvsadm.SyncDaemons;
import dev.weir.ipvsadm.SystemNames;
import dev.weir.lvs.Balancer.AddLocalAddress;
import dev.weir.lvs.Balancer.AddServer;
import dev.weir.lvs.Balancer.AddService;
import dev.weir.lvs.Balancer.AlreadyThere;
import dev.weir.lvs.Balancer.DeleteLocalAddress;
import dev.weir.lvs.Balancer.DeleteServer;
import dev.weir.lvs.Balancer.DeleteService;
import dev.weir.lvs.Balancer.Done;
import dev.weir.lvs.Balancer.EditServer;
import dev.weir.lvs.Balancer.EditService;
import dev.weir.lvs.Balancer.Failed;
import dev.weir.lvs.Balancer.Flush;
import dev.weir.lvs.Balancer.NotThere;
import dev.weir.lvs.Balancer.Order;
import dev.weir.lvs.Balancer.PresentServer;
import dev.weir.lvs.Balancer.Result;
import dev.weir.lvs.Balancer.ServerAddress;
import dev.weir.lvs.Balancer.ServerSettings;
import dev.weir.lvs.Balancer.ServiceSettings;
import dev.weir.lvs.Balancer.SetTimeouts;
import dev.weir.service.ServiceTable;
import dev.weir.wire.IpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What keepalived.conf's words become, as ipvsadm shows it. */
class ServiceOrdersTest {
    private static final Service WEB = new AtAddress("TCP", IpAddress.parse("192.168.11.121"), 80);
    private static final Service WEB6 = new AtAddress("TCP", IpAddress.parse("2001:db8::80"), 443);

    private final StillDirector director = new StillDirector();
    private final Ipvsadm ipvsadm = new Ipvsadm(director, new SystemNames(List.of()),
            new SyncDaemons(_ -> 1500, new IdleRunner()));
    private final ControlThread control = new ControlThread(Map.of());
    private final ServiceOrders orders = new ServiceOrders(director, control);

    @AfterEach
    void end() {
        control.close();
    }

    private String saved() {
        return ipvsadm.run(List.of("-S", "-n"), "").stdout();
    }

    private Result order(Order order) {
        return orders.carryOut(List.of(order)).getFirst();
    }

    private void done(Order... wanted) {
        assertThat(orders.carryOut(List.of(wanted))).allMatch(result -> result.equals(new Done()));
    }

    private static ServiceSettings plain(String scheduler, String... flags) {
        return new ServiceSettings(scheduler, Set.of(flags), false, Duration.ZERO, null, null, "toa");
    }

    private static ServiceSettings persistent(int seconds, @Nullable String granularity) {
        return new ServiceSettings("rr", Set.of(), false, Duration.ofSeconds(seconds), granularity, null, "toa");
    }

    private static ServerAddress at(String address, int port) {
        return new ServerAddress(IpAddress.parse(address), port);
    }

    private static ServerSettings by(String method) {
        return by(method, 1);
    }

    private static ServerSettings by(String method, int weight) {
        return new ServerSettings(List.of(method.split(" ", -1)), weight, 0, 0, false);
    }

    @Test
    void theTutorialsServiceIsWhatKeepalivedTellsIpvs() {
        done(new AddService(WEB, persistent(50, null)), new AddServer(WEB, at("192.168.11.12", 80), by("DR")),
                new AddServer(WEB, at("192.168.11.13", 80), by("DR", 3)));
        assertThat(saved()).isEqualTo("""
                -A -t 192.168.11.121:80 -s rr -p 50
                -a -t 192.168.11.121:80 -r 192.168.11.12:80 -g -w 1
                -a -t 192.168.11.121:80 -r 192.168.11.13:80 -g -w 3
                """);
    }

    @Test
    void aServerWithoutPortHasThatOfItsServiceAndOnlyNatLeadsToAnother() {
        done(new AddService(WEB, plain("rr")), new AddServer(WEB, at("10.0.0.1", 0), by("NAT")),
                new AddServer(WEB, at("10.0.0.2", 8080), by("NAT")),
                new AddServer(WEB, at("10.0.0.3", 8080), by("DR")), new AddServer(WEB, at("10.0.0.4", 0), by("TUN")));
        assertThat(saved()).contains("-r 10.0.0.1:80 -m", "-r 10.0.0.2:8080 -m", "-r 10.0.0.3:80 -g",
                "-r 10.0.0.4:80 -i");
        done(new EditServer(WEB, at("10.0.0.3", 8080), by("DR", 5)), new DeleteServer(WEB, at("10.0.0.1", 0)));
        assertThat(saved()).contains("-r 10.0.0.3:80 -g -w 5").doesNotContain("10.0.0.1:");
    }

    @Test
    void fullNatHasItsLocalAddressesItsOwnPortsAndEitherFamily() {
        ServiceSettings settings = new ServiceSettings("rr", Set.of(), false, Duration.ZERO, null, null, "proxy-v2");
        IpAddress local = IpAddress.parse("10.1.0.1");
        done(new AddService(WEB, settings), new AddLocalAddress(WEB, local),
                new AddLocalAddress(WEB, IpAddress.parse("2001:db8::5")),
                new AddServer(WEB, at("10.0.0.1", 8080), by("FNAT")),
                new AddServer(WEB, at("2001:db8::1", 0), by("FNAT")));
        assertThat(saved()).isEqualTo("""
                -A -t 192.168.11.121:80 -s rr --client-address proxy-v2
                -P -t 192.168.11.121:80 -z 10.1.0.1
                -P -t 192.168.11.121:80 -z 2001:db8::5
                -a -t 192.168.11.121:80 -r 10.0.0.1:8080 --fullnat -w 1
                -a -t 192.168.11.121:80 -r [2001:db8::1]:80 --fullnat -w 1
                """);
        assertThat(order(new AddLocalAddress(WEB, local))).isEqualTo(new AlreadyThere());
        assertThat(orders.present().get(WEB)).isNotNull()
                .satisfies(present -> assertThat(present.localAddresses()).contains(local).hasSize(2));
        done(new DeleteLocalAddress(WEB, local));
        assertThat(order(new DeleteLocalAddress(WEB, local))).isEqualTo(new NotThere());
        assertThat(order(new AddLocalAddress(WEB, IpAddress.parse("192.168.11.121")))).isInstanceOf(Failed.class);
        assertThat(saved()).contains("-z 2001:db8::5").doesNotContain("10.1.0.1");
    }

    @ParameterizedTest
    @CsvSource({"TUN, -i", "TUN type ipip, -i", "TUN type gue port 6080, -i -w 1 --tun-type gue --tun-port 6080",
            "TUN type gue port 6080 remcsum, -i -w 1 --tun-type gue --tun-port 6080 --tun-remcsum",
            "TUN type gre csum, -i -w 1 --tun-type gre --tun-csum"})
    void aTunnelHasItsTypePortAndChecksum(String method, String option) {
        done(new AddService(WEB, plain("rr")), new AddServer(WEB, at("10.0.0.1", 80), by(method)));
        assertThat(ipvsadm.run(List.of("-S", "-n", "--full"), "").stdout()).contains(" " + option);
    }

    @ParameterizedTest
    @CsvSource({"TUN type vxlan", "TUN type gue port", "FULLNAT", "TUN type gue port x"})
    void aMethodThatIsNoneIsAFailureThatSaysWhich(String method) {
        done(new AddService(WEB, plain("rr")));
        assertThat(order(new AddServer(WEB, at("10.0.0.1", 80), by(method))))
                .isInstanceOfSatisfying(Failed.class, failed -> assertThat(failed.why()).contains(method));
    }

    @Test
    void theFlagsOfShAndMhAreThoseOfIpvsadm() {
        Service other = new AtAddress("UDP", IpAddress.parse("192.168.11.121"), 53);
        done(new AddService(WEB, plain("sh", "sh-port", "sh-fallback")), new AddService(other, plain("mh", "mh-port")),
                new AddService(WEB6, plain("wrr", "flag-3")));
        assertThat(saved()).contains("-A -t 192.168.11.121:80 -s sh -b sh-fallback,sh-port\n",
                "-A -u 192.168.11.121:53 -s mh -b mh-port\n", "-A -t [2001:db8::80]:443 -s wrr -b flag-3\n");
    }

    @ParameterizedTest
    @CsvSource({"192.168.11.121, 255.255.255.0, -M 255.255.255.0", "2001:db8::80, 64, -M 64",
            "2001:db8::80, 128, ''", "192.168.11.121, 255.255.255.255, ''"})
    void granularityIsANetmaskOrAPrefixLength(String address, String granularity, String option) {
        done(new AddService(new AtAddress("TCP", IpAddress.parse(address), 80), persistent(60, granularity)));
        assertThat(saved()).endsWith(" -s rr -p 60" + (option.isEmpty() ? "" : " " + option) + "\n");
    }

    @Test
    void servicesOfMarksHaveAFamily() {
        done(new AddService(new OfMark(5, true), plain("rr")), new AddService(new OfMark(5, false), plain("lc")),
                new AddServer(new OfMark(5, true), at("10.0.0.1", 0), by("DR")),
                new AddService(new OfMark(4294967295L, true), plain("rr")));
        assertThat(saved()).isEqualTo("""
                -A -f -1 -s rr
                -A -f 5 -s rr
                -a -f 5 -r 10.0.0.1:0 -g -w 1
                -A -f 5 -6 -s lc
                """);
        assertThat(orders.present()).containsOnlyKeys(new OfMark(5, true), new OfMark(5, false),
                new OfMark(4294967295L, true));
    }

    @Test
    void onePacketAndTheEngineReachTheService() {
        Service sip = new AtAddress("UDP", IpAddress.parse("192.168.11.121"), 5060);
        done(new AddService(sip,
                new ServiceSettings("rr", Set.of(), true, Duration.ofSeconds(60), null, "sip", "toa")));
        assertThat(saved()).isEqualTo("-A -u 192.168.11.121:5060 -s rr -p 60 --pe sip -o\n");
    }

    @Test
    void thresholdsAndWeightsAreAsWritten() {
        done(new AddService(WEB, plain("wrr")), new AddServer(WEB, at("10.0.0.1", 80),
                new ServerSettings(List.of("DR"), 65535, 4000, 3000, false)));
        assertThat(ipvsadm.run(List.of("-S", "-n", "--full"), "").stdout()).contains("-w 65535 -x 4000 -y 3000");
    }

    @Test
    void whatSomebodyElseMadeOrRemovedIsToldApart() {
        ipvsadm.run(List.of("-A", "-t", "192.168.11.121:80", "-s", "lc"), "");
        assertThat(orders.carryOut(List.of(new AddService(WEB, plain("rr")), new EditService(WEB6, plain("rr")),
                new DeleteService(WEB6), new AddServer(WEB6, at("2001:db8::1", 443), by("DR")),
                new AddServer(WEB, at("10.0.0.1", 80), by("DR")), new AddServer(WEB, at("10.0.0.1", 80), by("NAT")),
                new EditServer(WEB, at("10.0.0.2", 80), by("DR")), new DeleteServer(WEB, at("10.0.0.2", 80)))))
                .containsExactly(new AlreadyThere(), new NotThere(), new NotThere(), new NotThere(), new Done(),
                        new AlreadyThere(), new NotThere(), new NotThere());
        assertThat(saved()).isEqualTo("""
                -A -t 192.168.11.121:80 -s lc
                -a -t 192.168.11.121:80 -r 10.0.0.1:80 -g -w 1
                """);
    }

    @Test
    void anOrderThatFailsLeavesTheOthersTried() {
        List<Result> results = orders.carryOut(List.of(new AddService(WEB, plain("none")),
                new AddService(WEB6, plain("rr")), new AddServer(WEB6, at("ff02::1", 443), by("DR")),
                new AddServer(WEB6, at("2001:db8::1", 443), by("DR"))));
        assertThat(results.get(0)).isInstanceOf(Failed.class);
        assertThat(results.get(2)).isInstanceOf(Failed.class);
        assertThat(saved()).isEqualTo("""
                -A -t [2001:db8::80]:443 -s rr
                -a -t [2001:db8::80]:443 -r [2001:db8::1]:443 -g -w 1
                """);
    }

    @Test
    void aServerThatDrainsHasWeightZeroUntilSomebodyEditsIt() {
        done(new AddService(WEB, plain("rr")), new AddServer(WEB, at("10.0.0.1", 80), by("DR", 7)),
                new EditServer(WEB, at("10.0.0.1", 80), new ServerSettings(List.of("DR"), 7, 0, 0, true)));
        assertThat(ipvsadm.run(List.of("-L", "-n"), "").stdout()).contains("10.0.0.1:80                  Route   0");
        assertThat(orders.present().get(WEB)).isNotNull().satisfies(present -> assertThat(present.servers())
                .containsEntry(at("10.0.0.1", 80), new PresentServer(0, 0, 0)));

        ipvsadm.run(List.of("-e", "-t", "192.168.11.121:80", "-r", "10.0.0.1:80", "-g", "-w", "7"), "");
        assertThat(director.services().current().all()).allSatisfy(service -> assertThat(service.servers())
                .allMatch(server -> !server.draining() && server.weight() == 7));
    }

    @Test
    void timeoutsAreSetButWhereTheyAreZero() {
        done(new SetTimeouts(Duration.ofSeconds(1000), Duration.ZERO, Duration.ofSeconds(30)));
        assertThat(director.timeouts()).isEqualTo(new Timeouts(1000, 120, 30));
    }

    @Test
    void workersSeeManyOrdersAtOneMoment() {
        List<ServiceTable> seen = new ArrayList<>();
        done(new AddService(WEB, plain("rr")));
        director.services().onChange(seen::add);
        done(new Flush(), new AddService(WEB6, plain("rr")), new AddServer(WEB6, at("2001:db8::1", 443), by("DR")));
        assertThat(seen).hasSize(2);
    }

    @Test
    void fiveThousandServersAreThereInWellUnderASecond() {
        List<Order> all = new ArrayList<>();
        for (int service = 0; service < 2; service++) {
            Service web = new AtAddress("TCP", IpAddress.parse("192.168.11." + (121 + service)), 80);
            all.add(new AddService(web, plain("wlc")));
            for (int server = 0; server < 2500; server++) {
                all.add(new AddServer(web, at("10." + service + "." + server / 250 + "." + (1 + server % 250), 80),
                        by("DR")));
            }
        }
        long began = System.nanoTime();
        done(all.toArray(Order[]::new));
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        assertThat(orders.present().values().stream().mapToInt(present -> present.servers().size()).sum())
                .isEqualTo(5000);
        assertThat(took).isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void afterTheEndOrdersFail() {
        control.close();
        assertThat(order(new Flush())).isInstanceOf(Failed.class);
    }
}
