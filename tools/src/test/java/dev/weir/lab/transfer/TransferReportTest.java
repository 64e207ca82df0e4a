package dev.weir.lab.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class TransferReportTest {
    private static final Account CLIENT = new Account(0, 500, 700, 0, -1, 300, Account.ENDED);
    private static final Account SERVER = new Account(0, 700, 500, 0, -1, 400, Account.ENDED);

    @Test
    void whatWasSentHasArrived() {
        TransferReport report = new TransferReport(true, 1, List.of(CLIENT), List.of(SERVER));
        assertTrue(report.isGood(), () -> report.problems().toString());
        assertEquals(
                "1 connections, 0 broken, 0 bytes wrong, 0 missing; stalls (median / p99 / max) 400 / 400 / 400 ms; "
                        + "to servers 400 / 400 / 400, to the client 300 / 300 / 300",
                report.line());
    }

    @Test
    void bytesThatDidNotArriveAreMissing() {
        TransferReport report = new TransferReport(true, 1, List.of(CLIENT),
                List.of(new Account(0, 702, 499, 0, -1, 0, Account.ENDED)));
        assertEquals(3, report.missing());
        assertEquals(List.of("connection 0: 500 bytes were sent to the server, 499 arrived",
                "connection 0: 702 bytes were sent to the client, 700 arrived"), report.problems());
    }

    @Test
    void aResetOfEitherEndIsTold() {
        TransferReport report = new TransferReport(true, 1, List.of(CLIENT),
                List.of(new Account(0, 700, 500, 0, -1, 0, "Connection reset")));
        assertEquals(1, report.broken());
        assertEquals(List.of("connection 0: the server has: Connection reset"), report.problems());
        assertFalse(new TransferReport(true, 1, List.of(new Account(0, 1, 1, 0, -1, 0, "Connection reset")),
                List.of(SERVER)).isGood());
    }

    @Test
    void wrongBytesAreTold() {
        TransferReport report = new TransferReport(true, 1, List.of(new Account(0, 500, 700, 3, 42, 0, Account.ENDED)),
                List.of(SERVER));
        assertEquals(3, report.wrong());
        assertEquals(List.of("connection 0: 3 bytes that the client received are wrong, the first at 42"),
                report.problems());
    }

    @Test
    void aConnectionThatNoServerHasOrThatTwoHaveIsTold() {
        assertEquals(List.of("connection 0 is unknown to the servers; the client has: ended"),
                new TransferReport(true, 1, List.of(CLIENT), List.of()).problems());
        assertEquals(List.of("the servers know of two connections 0"),
                new TransferReport(true, 1, List.of(CLIENT), List.of(SERVER, SERVER)).problems());
    }

    @Test
    void onTheWayAllMustBeOpenAndNothingIsMissing() {
        TransferReport ended = new TransferReport(false, 1, List.of(CLIENT), List.of(SERVER));
        assertEquals(1, ended.broken());
        TransferReport open = new TransferReport(false, 1, List.of(new Account(0, 500, 700, 0, -1, 1, Account.OPEN)),
                List.of(new Account(0, 800, 400, 0, -1, 1, Account.OPEN)));
        assertTrue(open.isGood(), () -> open.problems().toString());
    }

    @Test
    void percentilesAreTheNearestRanks() {
        long[] hundred = LongStream.rangeClosed(1, 100).toArray();
        assertEquals(50, TransferReport.percentile(hundred, 50));
        assertEquals(99, TransferReport.percentile(hundred, 99));
        assertEquals(100, TransferReport.percentile(hundred, 100));
        assertEquals(7, TransferReport.percentile(new long[]{7}, 50));
    }

    @Test
    void anAccountIsWrittenAndReadAlike() {
        Account account = new Account(12, 3, 4, 5, 6, 7, "Connection\treset");
        assertEquals("12\t3\t4\t5\t6\t7\tConnection reset", account.line());
        assertEquals(account.line(), Account.read(account.line()).line());
    }
}
