package dev.weir.check;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/** Reads a private key as OpenSSL writes it: PKCS#8, with a password or without, or the older forms of RSA and EC. */
final class PemKey {
    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z ]*PRIVATE KEY)-----(.*?)-----END",
            Pattern.DOTALL);
    private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d0101010500");
    private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");
    private static final byte[] VERSION = {2, 1, 0};

    private PemKey() {
    }

    /** @throws IOException naming the file, and what to do where the form is unknown */
    static PrivateKey read(Path file, @Nullable String password) throws IOException {
        Matcher block = BLOCK.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
        if (!block.find()) {
            throw new IOException("there is no private key in " + file);
        }
        if (block.group(2).contains("ENCRYPTED")) {
            throw new IOException(
                    file + " is encrypted in an old way; write it anew: openssl pkcs8 -topk8 -in " + file);
        }
        try {
            byte[] bytes = Base64.getMimeDecoder().decode(block.group(2));
            PKCS8EncodedKeySpec spec = switch (block.group(1)) {
                case "PRIVATE KEY" -> new PKCS8EncodedKeySpec(bytes);
                case "ENCRYPTED PRIVATE KEY" -> decrypted(bytes, password == null ? "" : password);
                case "RSA PRIVATE KEY" -> wrapped(RSA, bytes);
                case "EC PRIVATE KEY" -> wrapped(tagged(0x30, EC, curve(bytes)), bytes);
                default -> throw new IOException(file + " is in a form that is not known; write it anew: "
                        + "openssl pkcs8 -topk8 -nocrypt -in " + file);
            };
            return key(spec);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException("the private key in " + file + " cannot be used: is its password right? "
                    + e.getMessage(), e);
        }
    }

    private static PrivateKey key(PKCS8EncodedKeySpec spec) throws GeneralSecurityException {
        for (String algorithm : List.of("RSA", "EC", "EdDSA")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (java.security.spec.InvalidKeySpecException e) {
                // Of another algorithm.
            }
        }
        throw new GeneralSecurityException("it is neither of RSA nor of EC");
    }

    private static PKCS8EncodedKeySpec decrypted(byte[] bytes, String password)
            throws IOException, GeneralSecurityException {
        EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(bytes);
        String algorithm = info.getAlgParameters() == null ? info.getAlgName() : info.getAlgParameters().toString();
        Cipher cipher = Cipher.getInstance(algorithm);
        cipher.init(Cipher.DECRYPT_MODE, SecretKeyFactory.getInstance(algorithm)
                .generateSecret(new PBEKeySpec(password.toCharArray())), info.getAlgParameters());
        return info.getKeySpec(cipher);
    }

    /** PKCS#8 around a key in the form of its own algorithm. */
    private static PKCS8EncodedKeySpec wrapped(byte[] algorithm, byte[] key) {
        return new PKCS8EncodedKeySpec(tagged(0x30, VERSION, algorithm, tagged(4, key)));
    }

    /** RFC 5915: the curve is in element 0 of a key of EC. */
    private static byte[] curve(byte[] key) throws GeneralSecurityException {
        for (int i = 0; i + 4 < key.length; i++) {
            if ((key[i] & 0xff) == 0xa0 && key[i + 2] == 6 && key[i + 1] == key[i + 3] + 2) {
                return Arrays.copyOfRange(key, i + 2, i + 2 + key[i + 1]);
            }
        }
        throw new GeneralSecurityException("it names no curve");
    }

    /** DER. */
    private static byte[] tagged(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.write(tag);
        if (content.size() < 128) {
            whole.write(content.size());
        } else {
            whole.write(0x82);
            whole.write(content.size() >> 8);
            whole.write(content.size());
        }
        whole.writeBytes(content.toByteArray());
        return whole.toByteArray();
    }
}
