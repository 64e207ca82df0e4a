package dev.weir.sync.stream;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-256-GCM over the records of one direction: a record's nonce is its number, xor a secret (as in TLS 1.3, RFC 8446
 * section 5.3), so that a record counts once, in its turn. After {@link #RECORDS_A_KEY} records both sides go on with a key made of the last one,
 * long before AES-GCM's limit (RFC 8446 section 5.5).
 */
final class RecordCipher {
    static final int TAG = 16;
    static final int RECORDS_A_KEY = 1 << 20;
    private static final int KEY = 32;
    private static final int NONCE = 12;
    /** Bytes that the ciphers of a direction are made of. */
    static final int SECRET_LENGTH = KEY + NONCE;
    private static final byte[] NEXT = "weir-sync next".getBytes(StandardCharsets.US_ASCII);

    private final Cipher cipher;
    private final byte[] nonce = new byte[NONCE];
    private final int recordsAKey;
    private byte[] secret;
    private SecretKeySpec key;
    private long number;

    private RecordCipher(byte[] secret, int recordsAKey) throws GeneralSecurityException {
        this.secret = secret;
        this.recordsAKey = recordsAKey;
        cipher = Cipher.getInstance("AES/GCM/NoPadding");
        key = new SecretKeySpec(secret, 0, KEY, "AES");
    }

    /** @param secret {@link #SECRET_LENGTH} bytes */
    static RecordCipher of(byte[] secret) throws GeneralSecurityException {
        return new RecordCipher(secret, RECORDS_A_KEY);
    }

    /** The same with a next key after fewer records. */
    static RecordCipher of(byte[] secret, int recordsAKey) throws GeneralSecurityException {
        return new RecordCipher(secret, recordsAKey);
    }

    /**
     * Encrypts the next record.
     *
     * @param header that is sent before it in the clear, and cannot be changed either
     * @return how many bytes were written: {@code length} and {@link #TAG}
     */
    int seal(byte[] plain, int length, byte[] header, byte[] into, int at) {
        try {
            begin(Cipher.ENCRYPT_MODE, header);
            return cipher.doFinal(plain, 0, length, into, at);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM does not encrypt", e);
        }
    }

    /**
     * Decrypts what must be the next record.
     *
     * @return the length of what was in it, or -1 where it is not the next record
     */
    int open(byte[] record, int at, int length, byte[] header, byte[] into) {
        try {
            begin(Cipher.DECRYPT_MODE, header);
            return cipher.doFinal(record, at, length, into, 0);
        } catch (AEADBadTagException e) {
            return -1;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM does not decrypt", e);
        }
    }

    private void begin(int mode, byte[] header) throws GeneralSecurityException {
        if (number == recordsAKey) {
            secret = KDF.getInstance("HKDF-SHA256").deriveData(HKDFParameterSpec.ofExtract().addIKM(secret)
                    .thenExpand(NEXT, SECRET_LENGTH));
            key = new SecretKeySpec(secret, 0, KEY, "AES");
            number = 0;
        }
        System.arraycopy(secret, KEY, nonce, 0, NONCE);
        for (int i = 0; i < Long.BYTES; i++) {
            nonce[NONCE - 1 - i] ^= (byte) (number >>> Byte.SIZE * i);
        }
        number++;
        cipher.init(mode, key, new GCMParameterSpec(TAG * Byte.SIZE, nonce));
        cipher.updateAAD(header);
    }
}
