package dev.weir.vrrp.heartbeat;

import dev.weir.vrrp.machine.Heartbeat;
import dev.weir.vrrp.machine.State;
import dev.weir.vrrp.machine.Terms;
import dev.weir.wire.IpAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A heartbeat as bytes, with HMAC-SHA256 of the secret at the end. Pure.
 *
 * @param session  of the sender: a number that each start of its daemon draws
 * @param sequence higher than in the session's datagrams before
 * @param echo     the session of the receiver that the sender has heard, or 0: shows that this is no recording
 * @param six      whether the instance speaks over IPv6
 */
record Datagram(long session, long sequence, long echo, boolean six, String instance, Heartbeat heartbeat) {
    /** "WHB" and the number of this form. */
    private static final int MAGIC = 0x5748_4201;
    private static final int LONGEST_NAME = 255;
    private static final int LONGEST = 512;
    private static final int MAC_LENGTH = 32;

    byte[] write(String secret) {
        ByteBuffer out = ByteBuffer.allocate(LONGEST);
        Terms terms = heartbeat.terms();
        out.putInt(MAGIC).putLong(session).putLong(sequence).putLong(echo);
        out.put(flag(six)).put((byte) heartbeat.state().ordinal()).put((byte) heartbeat.priority());
        out.putLong(heartbeat.router().high()).putLong(heartbeat.router().low());
        out.putLong(heartbeat.age().toNanos()).putLong(heartbeat.interval().toNanos()).put(flag(heartbeat.arbiter()));
        out.put((byte) terms.virtualRouterId()).put((byte) terms.version()).putLong(terms.advertInterval().toNanos());
        out.put((byte) terms.authentication()).putInt(terms.password()).put(flag(terms.unicast()));
        out.putInt(terms.addresses());
        byte[] name = instance.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(name.length, LONGEST_NAME);
        out.put((byte) length).put(name, 0, length);
        byte[] body = Arrays.copyOf(out.array(), out.position());
        byte[] whole = Arrays.copyOf(body, body.length + MAC_LENGTH);
        System.arraycopy(mac(body, secret), 0, whole, body.length, MAC_LENGTH);
        return whole;
    }

    /** Empty where it is none, or is of another secret. */
    static Optional<Datagram> read(byte[] bytes, String secret) {
        if (bytes.length <= MAC_LENGTH) {
            return Optional.empty();
        }
        byte[] body = Arrays.copyOf(bytes, bytes.length - MAC_LENGTH);
        byte[] mac = Arrays.copyOfRange(bytes, bytes.length - MAC_LENGTH, bytes.length);
        if (!MessageDigest.isEqual(mac, mac(body, secret))) {
            return Optional.empty();
        }
        try {
            return Optional.of(read(ByteBuffer.wrap(body)));
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return Optional.empty(); // another form of it, by somebody who has the secret
        }
    }

    private static Datagram read(ByteBuffer in) {
        if (in.getInt() != MAGIC) {
            throw new IllegalArgumentException("another form");
        }
        long session = in.getLong();
        long sequence = in.getLong();
        long echo = in.getLong();
        boolean six = in.get() != 0;
        int state = in.get();
        int priority = in.get() & 0xff;
        IpAddress router = new IpAddress(in.getLong(), in.getLong());
        Duration age = Duration.ofNanos(in.getLong());
        long interval = in.getLong();
        boolean arbiter = in.get() != 0;
        Terms terms = new Terms(in.get() & 0xff, in.get() & 0xff, Duration.ofNanos(in.getLong()), in.get(), in.getInt(),
                in.get() != 0, in.getInt());
        byte[] name = new byte[in.get() & 0xff];
        in.get(name);
        if (state < 0 || state >= State.values().length || interval <= 0) {
            throw new IllegalArgumentException("another form");
        }
        return new Datagram(session, sequence, echo, six, new String(name, StandardCharsets.UTF_8),
                new Heartbeat(State.values()[state], priority, router, age, Duration.ofNanos(interval), arbiter,
                        terms));
    }

    private static byte flag(boolean set) {
        return (byte) (set ? 1 : 0);
    }

    private static byte[] mac(byte[] body, String secret) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return mac.doFinal(body);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }
}
