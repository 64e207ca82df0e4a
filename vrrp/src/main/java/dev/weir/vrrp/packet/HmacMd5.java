package dev.weir.vrrp.packet;

import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** RFC 2104 with MD5, which RFC 2403 wants for AH. */
final class HmacMd5 {
    private HmacMd5() {
    }

    static byte[] of(byte[] key, byte[] message) {
        try {
            Mac mac = Mac.getInstance("HmacMD5");
            mac.init(new SecretKeySpec(key, "HmacMD5"));
            return mac.doFinal(message);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no HmacMD5, which auth_type AH needs", e);
        }
    }
}
