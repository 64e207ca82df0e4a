package dev.weir.replay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ListingsTest {
    private static final String CONNECTIONS = """
            IPVS connection entries
            pro expire state       source             virtual            destination
            TCP 14:59  ESTABLISHED 172.25.254.10:40000 172.25.254.200:80  192.168.0.10:80
            TCP 01:00  SYN_RECV    172.25.254.10:40001 172.25.254.200:80  192.168.0.20:80
            """;

    @Test
    void connectionsMayComeInAnyOrder() {
        String turned = """
                IPVS connection entries
                pro expire state       source             virtual            destination
                TCP 01:00  SYN_RECV    172.25.254.10:40001 172.25.254.200:80  192.168.0.20:80
                TCP 14:59  ESTABLISHED 172.25.254.10:40000 172.25.254.200:80  192.168.0.10:80
                """;
        assertThat(Listings.agree("-Lnc", CONNECTIONS, turned)).isTrue();
        assertThat(Listings.agree("-L -n --connection", CONNECTIONS, turned)).isTrue();
        assertThat(Listings.agree("-Ln", CONNECTIONS, turned)).isFalse();
    }

    @Test
    void aConnectionsTimeMayDifferByASecond() {
        assertThat(Listings.agree("-Lnc", CONNECTIONS, CONNECTIONS.replace("14:59", "15:00"))).isTrue();
        assertThat(Listings.agree("-Lnc", CONNECTIONS, CONNECTIONS.replace("14:59", "14:58"))).isTrue();
        assertThat(Listings.agree("-Lnc", CONNECTIONS, CONNECTIONS.replace("14:59", "14:57"))).isFalse();
        assertThat(Listings.agree("-Lnc", CONNECTIONS, CONNECTIONS.replace("01:00", "00:59"))).isTrue();
        assertThat(Listings.agree("-Lnc", CONNECTIONS, CONNECTIONS.replace("01:00", "soon"))).isFalse();
    }

    @Test
    void aConnectionsOtherFieldsAndTheTitlesMayNot() {
        assertThat(Listings.agree("-Lnc", CONNECTIONS, CONNECTIONS.replace("SYN_RECV", "ESTABLISHED"))).isFalse();
        assertThat(Listings.agree("-Lnc", CONNECTIONS, CONNECTIONS.replace("0.20:80", "0.20:81"))).isFalse();
        assertThat(Listings.agree("-Lnc", CONNECTIONS, CONNECTIONS.replace("pro expire", "pro  expire"))).isFalse();
        assertThat(Listings.agree("-Lnc", CONNECTIONS, CONNECTIONS.substring(0, CONNECTIONS.indexOf("TCP 01"))))
                .isFalse();
        assertThat(Listings.agree("-Lnc", CONNECTIONS, "")).isFalse();
    }

    @Test
    void servicesMayComeInAnyOrderOnlyWhereNoSortWasAsked() {
        assertThat(Listings.agree("-Ln --nosort", "a\nb\n", "b\na\n")).isTrue();
        assertThat(Listings.agree("-Ln --nosort", "a\nb\n", "b\nc\n")).isFalse();
        assertThat(Listings.agree("-Ln", "a\nb\n", "b\na\n")).isFalse();
    }

    @Test
    void ratesMayDifferByFifteenPercentOrTwo() {
        assertThat(Listings.agree("-Ln --rate", "x 100 10 0", "x 115 12 2")).isTrue();
        assertThat(Listings.agree("-Ln --rate", "x 100", "x 116")).isFalse();
        assertThat(Listings.agree("-Ln --rate", "x 10", "x 13")).isFalse();
        assertThat(Listings.agree("-Ln --rate", "x 10", "y 10")).isFalse();
        assertThat(Listings.agree("-Ln --rate", "x 10", "x 10 1")).isFalse();
        assertThat(Listings.agree("-Ln --stats", "x 10", "x 11")).isFalse();
    }
}
