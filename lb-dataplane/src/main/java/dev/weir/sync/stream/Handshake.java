package dev.weir.sync.stream;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.KDF;
import javax.crypto.KeyAgreement;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * The beginning of a session: both sides say hello, with a number that counts once and a key for this session alone, and
 * make of these and of the key that both were given one key for each direction.
 *
 * <pre>
 * hello (72 bytes):
 *    0 "WEIRSYN3": the protocol and its version (8)   8 random (32)   40 X25519 public key, RFC 7748 (32)
 * </pre>
 *
 * The keys are HKDF-SHA256 (RFC 5869) with the two hellos, first that of who connected, as salt, the X25519 secret and the given key as
 * keying material, and the direction's name as info. A hello proves nothing: the first record of each direction does.
 */
final class Handshake {
    static final int HELLO_LENGTH = 72;
    private static final byte[] MAGIC = "WEIRSYN3".getBytes(StandardCharsets.US_ASCII);
    private static final int RANDOM = MAGIC.length;
    private static final int PUBLIC_KEY = 40;
    private static final int PUBLIC_KEY_LENGTH = 32;
    private static final String CURVE = "X25519";
    /** What stands before the 32 bytes of such a key in X.509's form (RFC 8410). */
    private static final byte[] KEY_PREFIX = HexFormat.of().parseHex("302a300506032b656e032100");

    private final boolean initiator;
    private final byte[] given;
    private final KeyPair own;
    private final byte[] hello = new byte[HELLO_LENGTH];

    /** The ciphers of the two directions, as one side has them. */
    record Keys(RecordCipher sending, RecordCipher receiving) {
    }

    /**
     * @param initiator whether this side connected
     * @param given     the key that both have
     */
    Handshake(boolean initiator, byte[] given, SecureRandom random) {
        this.initiator = initiator;
        this.given = given;
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(CURVE);
            generator.initialize(NamedParameterSpec.X25519, random);
            own = generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has X25519", e);
        }
        byte[] number = new byte[PUBLIC_KEY - RANDOM];
        random.nextBytes(number);
        byte[] encoded = own.getPublic().getEncoded();
        System.arraycopy(MAGIC, 0, hello, 0, MAGIC.length);
        System.arraycopy(number, 0, hello, RANDOM, number.length);
        System.arraycopy(encoded, encoded.length - PUBLIC_KEY_LENGTH, hello, PUBLIC_KEY, PUBLIC_KEY_LENGTH);
    }

    byte[] hello() {
        return hello;
    }

    /** Whether this may be how a hello begins. */
    static boolean mayBegin(byte[] bytes, int length) {
        int compared = Math.min(length, MAGIC.length);
        return Arrays.equals(bytes, 0, compared, MAGIC, 0, compared);
    }

    /** @throws RefusedException where the other's key is none */
    Keys keys(byte[] otherHello) throws RefusedException {
        try {
            KeyAgreement agreement = KeyAgreement.getInstance(CURVE);
            agreement.init(own.getPrivate());
            agreement.doPhase(publicKey(otherHello), true);
            byte[] shared = agreement.generateSecret();
            byte[] salt = new byte[2 * HELLO_LENGTH];
            System.arraycopy(initiator ? hello : otherHello, 0, salt, 0, HELLO_LENGTH);
            System.arraycopy(initiator ? otherHello : hello, 0, salt, HELLO_LENGTH, HELLO_LENGTH);
            RecordCipher fromInitiator = RecordCipher.of(expanded(shared, salt, "weir-sync initiator"));
            RecordCipher fromResponder = RecordCipher.of(expanded(shared, salt, "weir-sync responder"));
            return initiator ? new Keys(fromInitiator, fromResponder) : new Keys(fromResponder, fromInitiator);
        } catch (GeneralSecurityException e) {
            throw new RefusedException(RefusedException.Reason.NOT_WEIR);
        }
    }

    private static PublicKey publicKey(byte[] otherHello) throws GeneralSecurityException {
        byte[] encoded = Arrays.copyOf(KEY_PREFIX, KEY_PREFIX.length + PUBLIC_KEY_LENGTH);
        System.arraycopy(otherHello, PUBLIC_KEY, encoded, KEY_PREFIX.length, PUBLIC_KEY_LENGTH);
        return KeyFactory.getInstance(CURVE).generatePublic(new X509EncodedKeySpec(encoded));
    }

    private byte[] expanded(byte[] shared, byte[] salt, String direction) throws GeneralSecurityException {
        HKDFParameterSpec parameters = HKDFParameterSpec.ofExtract().addIKM(shared).addIKM(given).addSalt(salt)
                .thenExpand(direction.getBytes(StandardCharsets.US_ASCII), RecordCipher.SECRET_LENGTH);
        return KDF.getInstance("HKDF-SHA256").deriveData(parameters);
    }
}
