package dev.weir.lbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.engine.LocalUse;
import dev.weir.ipvsadm.IdleRunner;
import dev.weir.ipvsadm.Ipvsadm;
import dev.weir.ipvsadm.StillDirector;
import dev.weir.ipvsadm.SyncDaemons;
import dev.weir.ipvsadm.SystemNames;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the log is told of local addresses. */
class LocalAddressWatchTest {
    private static final IpAddress LOCAL = IpAddress.parse("10.1.0.1");
    private static final IpAddress SERVER = IpAddress.parse("10.0.0.1");

    private final StillDirector director = new StillDirector();
    private final Set<IpAddress> others = new HashSet<>();
    private final List<String> told = new ArrayList<>();
    private final LocalAddressWatch watch = new LocalAddressWatch(director, others::contains, told::add);

    /** What is said when one worker uses so many of its hundred ports, and another none of its. */
    private List<String> look(int used, long refused) {
        told.clear();
        director.localUse.clear();
        director.localUse.add(new LocalUse(LOCAL, 6, SERVER, 80, used, 100, refused));
        director.localUse.add(new LocalUse(LOCAL, 6, SERVER, 80, 0, 100, 0));
        watch.look();
        return told;
    }

    private void ipvsadm(String line) {
        assertThat(new Ipvsadm(director, new SystemNames(List.of()), new SyncDaemons(_ -> 1500, new IdleRunner()))
                .run(List.of(line.split(" ", -1)), "").exit()).as(line).isZero();
    }

    @Test
    void portsThatAreNearlyAllInUseAreToldOfOnceUntilThereIsRoomAgain() {
        assertThat(look(79, 0)).isEmpty();
        assertThat(look(80, 0))
                .containsExactly("local address 10.1.0.1 towards 10.0.0.1:80: 80 % of its ports are in use;"
                        + " connections are refused when all are: add a local address");
        assertThat(look(95, 0)).isEmpty();
        assertThat(look(60, 0)).isEmpty();
        assertThat(look(81, 0)).as("never below 60 since").isEmpty();
        assertThat(look(59, 0)).containsExactly(
                "local address 10.1.0.1 towards 10.0.0.1:80: 59 % of its ports are in use, there is room again");
        assertThat(look(80, 0)).hasSize(1);
    }

    @Test
    void refusalsAreToldOfWhenTheyBeginAndWhenTheyAreOver() {
        look(100, 0);
        assertThat(look(100, 7)).containsExactly("local address 10.1.0.1 towards 10.0.0.1:80: all ports are in use,"
                + " 7 connections were refused; add a local address");
        assertThat(look(100, 9)).isEmpty();
        for (int i = 1; i < Rise.QUIET; i++) {
            assertThat(look(99, 9)).isEmpty();
        }
        assertThat(look(99, 9)).containsExactly(
                "local address 10.1.0.1 towards 10.0.0.1:80: no connection is refused any more; 9 were");
        assertThat(look(99, 10)).hasSize(1);
    }

    @Test
    void anAddressThatIsNeitherThisHostsNorAnotherDirectorsIsToldOf() {
        director.absent.add(LOCAL);
        ipvsadm("-P -z 10.1.0.1");
        others.add(LOCAL);
        assertThat(look(0, 0)).isEmpty();
        others.clear();
        assertThat(look(0, 0))
                .containsExactly("local address 10.1.0.1 is not this host's: answers to it do not come"
                        + " here; add it to an interface");
        assertThat(look(0, 0)).isEmpty();
        director.absent.clear();
        assertThat(look(0, 0)).isEmpty();
    }

    @Test
    void aServerUnderFullNatWithoutALocalAddressOfItsFamilyIsToldOf() {
        ipvsadm("-A -t 172.25.254.1:80");
        ipvsadm("-a -t 172.25.254.1:80 -r 10.0.0.1:80 --fullnat");
        assertThat(look(0, 0)).singleElement().asString().contains("server 10.0.0.1 of [172.25.254.1]:tcp:80 ",
                "no local address of its family");
        ipvsadm("-P -z 10.1.0.1");
        assertThat(look(0, 0)).isEmpty();
        ipvsadm("-P -t 172.25.254.1:80 -z 2001:db8::5");
        assertThat(look(0, 0)).as("the service has its own now, of the other family").hasSize(1);
    }
}
