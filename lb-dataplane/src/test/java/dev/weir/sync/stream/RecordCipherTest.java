package dev.weir.sync.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Each record counts once, in its turn; after so many the key is another. */
class RecordCipherTest {
    private static final byte[] HEADER = {0, 42};
    private static final byte[] PLAIN = {1, 2, 3, 4, 5};

    private final byte[] plain = new byte[64];

    private static RecordCipher cipher() throws Exception {
        byte[] secret = new byte[RecordCipher.SECRET_LENGTH];
        Arrays.fill(secret, (byte) 7);
        return RecordCipher.of(secret, 3);
    }

    private static byte[] sealed(RecordCipher by) {
        byte[] record = new byte[PLAIN.length + RecordCipher.TAG];
        assertThat(by.seal(PLAIN, PLAIN.length, HEADER, record, 0)).isEqualTo(record.length);
        return record;
    }

    private int opened(RecordCipher by, byte[] record, byte[] header) {
        return by.open(record, 0, record.length, header, plain);
    }

    @Test
    void bothSidesGoOnWithTheNextKeyAtTheSameRecord() throws Exception {
        RecordCipher sending = cipher();
        RecordCipher receiving = cipher();
        for (int record = 0; record < 10; record++) {
            assertThat(opened(receiving, sealed(sending), HEADER)).as("record %d", record).isEqualTo(PLAIN.length);
            assertThat(plain).startsWith(PLAIN);
        }
    }

    @Test
    void noTwoRecordsAreAlikeAlsoUnderTheNextKey() throws Exception {
        RecordCipher sending = cipher();
        byte[][] records = new byte[9][];
        for (int i = 0; i < records.length; i++) {
            records[i] = sealed(sending);
            for (int before = 0; before < i; before++) {
                assertThat(records[i]).as("records %d and %d", before, i).isNotEqualTo(records[before]);
            }
        }
    }

    @Test
    void aRecordOutOfItsTurnOrChangedIsRefused() throws Exception {
        RecordCipher sending = cipher();
        byte[] first = sealed(sending);
        byte[] second = sealed(sending);
        assertThat(opened(cipher(), second, HEADER)).isEqualTo(-1);
        assertThat(opened(cipher(), first, new byte[]{0, 43})).isEqualTo(-1);
        first[3] ^= 1;
        assertThat(opened(cipher(), first, HEADER)).isEqualTo(-1);
    }
}
