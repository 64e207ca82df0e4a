package dev.weir.sync.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

/** The key that directors have in common. It is never printed. */
public final class SharedKey {
    /** Bytes at least. */
    public static final int LENGTH = 16;
    private final byte[] bytes;

    private SharedKey(byte[] bytes) {
        if (bytes.length < LENGTH) {
            throw new IllegalArgumentException("a key has at least " + LENGTH + " bytes, not " + bytes.length);
        }
        this.bytes = bytes;
    }

    /** @throws IllegalArgumentException where it is too short */
    public static SharedKey of(String text) {
        return new SharedKey(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /**
     * What stands in a file, without blanks and ends of lines around it.
     *
     * @throws IOException              where it cannot be read
     * @throws IllegalArgumentException where it is too short
     */
    public static SharedKey read(Path file) throws IOException {
        return of(Files.readString(file, StandardCharsets.ISO_8859_1).strip());
    }

    /** The key by which directors that have this one divide frames among their workers, alike. It says nothing of this one. */
    public long steeringKey() {
        HKDFParameterSpec parameters = HKDFParameterSpec.ofExtract().addIKM(bytes)
                .thenExpand("weir steering".getBytes(StandardCharsets.US_ASCII), Long.BYTES);
        try {
            return ByteBuffer.wrap(KDF.getInstance("HKDF-SHA256").deriveData(parameters)).getLong();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HKDF-SHA256", e);
        }
    }

    byte[] bytes() {
        return bytes;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SharedKey key && MessageDigest.isEqual(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
        return bytes.length;
    }

    @Override
    public String toString() {
        return "SharedKey";
    }
}
