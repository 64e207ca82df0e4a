package dev.weir.vrrp.packet;

import dev.weir.conf.VirtualAddress;
import dev.weir.conf.VrrpInstance;
import dev.weir.conf.VrrpInstance.AuthenticationHeader;
import dev.weir.conf.VrrpInstance.Multicast;
import dev.weir.conf.VrrpInstance.OldChecksum;
import dev.weir.conf.VrrpInstance.Password;
import dev.weir.conf.VrrpInstance.Peer;
import dev.weir.conf.VrrpInstance.Unicast;
import dev.weir.vrrp.packet.Reading.Accepted;
import dev.weir.vrrp.packet.Reading.Reason;
import dev.weir.vrrp.packet.Reading.Rejected;
import dev.weir.wire.Bytes;
import dev.weir.wire.Checksum;
import dev.weir.wire.IpAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether a packet is an advert for an instance; the checks and their order are keepalived's (2.2.7), which rejects more
 * than RFC 9568 does. Pure but for the exchange, which a packet may move on.
 */
public final class AdvertReader {
    private final VrrpInstance instance;
    private final Received packet;
    private boolean oldChecksum;

    private AdvertReader(VrrpInstance instance, Received packet) {
        this.instance = instance;
        this.packet = packet;
    }

    /**
     * @param packet of the instance's family and virtual router
     * @param master whom skip_check_adv_addr trusts: the master that this backup hears, or null
     */
    public static Reading read(VrrpInstance instance, Received packet, Exchange exchange,
            @Nullable IpAddress master) {
        return new AdvertReader(instance, packet).read(exchange,
                !instance.skipCheckAdvAddr() || !packet.source().equals(master));
    }

    private Reading read(Exchange exchange, boolean checkAddresses) {
        Rejected rejected = transport();
        rejected = rejected != null || instance.version() != 2 ? rejected : versionTwo(exchange);
        rejected = rejected != null ? rejected : message(checkAddresses);
        rejected = rejected != null || !checkAddresses ? rejected : agreement();
        if (rejected != null) {
            return rejected;
        }
        if (oldChecksum) {
            exchange.hearOldChecksum();
        }
        return new Accepted(packet.source(), advert());
    }

    private @Nullable Rejected transport() {
        boolean ah = instance.authentication() instanceof AuthenticationHeader && instance.version() == 2;
        if (packet.underAh() != ah) {
            return rejected(Reason.AUTHENTICATION_TYPE, "auth_type " + (packet.underAh() ? "AH" : "not AH")
                    + " at the sender, " + (ah ? "AH" : "not AH") + " here");
        }
        long there = packet.packet().byteSize() - packet.message();
        if (packet.source().isV4()) {
            there = Math.min(there, Bytes.u16(packet.packet(), 2) - packet.message());
        }
        if (there < packet.length()) {
            return rejected(Reason.LENGTH, "its VRRP message has " + there + " bytes of " + packet.length());
        }
        if (instance.transport() instanceof Multicast && packet.ttl() >= 0 && packet.ttl() != 255) {
            return rejected(Reason.TTL, "TTL " + packet.ttl() + ", and 255 is expected: " + Reason.TTL.cause());
        }
        if (packet.version() != instance.version()) {
            return rejected(Reason.VERSION, "VRRP version " + packet.version() + ", and version "
                    + instance.version() + " here: look at version and vrrp_version on both sides");
        }
        return null;
    }

    private @Nullable Rejected versionTwo(Exchange exchange) {
        int type = packet.u8(Layout.AUTHENTICATION_TYPE);
        int expected = Layout.type(instance.authentication());
        if (type != expected) {
            return rejected(Reason.AUTHENTICATION_TYPE, "auth_type " + name(type) + " at the sender, "
                    + name(expected) + " here");
        }
        Rejected rejected = switch (instance.authentication()) {
            case Password password -> password(password);
            case AuthenticationHeader header -> digest(header, exchange);
            default -> null;
        };
        int seconds = packet.u8(Layout.SECONDS);
        if (rejected == null && seconds != instance.advertInterval().toSeconds()) {
            return rejected(Reason.INTERVAL, "advert_int " + seconds + " s at the sender, "
                    + instance.advertInterval().toSeconds() + " s here: in version 2 they must be the same");
        }
        return rejected;
    }

    private static String name(int type) {
        return switch (type) {
            case 0 -> "none";
            case 1 -> "PASS";
            case 2 -> "AH";
            default -> "of number " + type;
        };
    }

    private @Nullable Rejected password(Password password) {
        byte[] received = bytes(packet.message() + packet.length() - Layout.AUTHENTICATION_DATA,
                Layout.AUTHENTICATION_DATA);
        return MessageDigest.isEqual(received, Layout.secret(password.password()))
                ? null
                : rejected(Reason.PASSWORD, "password differs: auth_pass must be the same on both sides (its first 8"
                        + " characters count), or another group uses virtual_router_id " + instance.virtualRouterId());
    }

    private @Nullable Rejected digest(AuthenticationHeader header, Exchange exchange) {
        int at = packet.message() - Layout.AH_HEADER;
        byte[] received = bytes(at + Layout.AH_DIGEST, Layout.AH_DIGEST_LENGTH);
        byte[] expected = Layout.digest(packet.packet(), (long) packet.message() + packet.length(), at,
                instance.transport() instanceof Unicast, header.key());
        if (!MessageDigest.isEqual(received, expected)) {
            return rejected(Reason.DIGEST, "AH digest is wrong: auth_pass differs, or something on the way changes"
                    + " packets (NAT, a firewall)");
        }
        if (Bytes.i32(packet.packet(), at + Layout.AH_SPI) != packet.source().v4Bits()) {
            return rejected(Reason.SECURITY_INDEX, "its AH header was made for "
                    + Layout.v4(packet.packet(), at + Layout.AH_SPI));
        }
        long number = Bytes.i32(packet.packet(), at + Layout.AH_SEQUENCE) & 0xffff_ffffL;
        long last = exchange.last();
        return exchange.accept(number)
                ? null
                : rejected(Reason.REPLAY, "AH sequence number " + number + " is not above " + last
                        + ": a replay, or the sender was started anew");
    }

    private @Nullable Rejected message(boolean checkAddresses) {
        int type = packet.u8(Layout.VERSION_AND_TYPE) & 0xf;
        if (type != Layout.TYPE_ADVERT) {
            return rejected(Reason.TYPE, "VRRP type " + type + ", and only adverts (1) are known");
        }
        if (checkAddresses && packet.addressCount() != instance.addresses().size()) {
            return rejected(Reason.ADDRESS_COUNT, packet.addressCount() + " addresses, and "
                    + instance.addresses().size() + " here" + mismatch());
        }
        if (!isChecksumRight()) {
            return rejected(Reason.CHECKSUM, "checksum is wrong in every form known (with and without"
                    + " pseudo-header): the packet was damaged or changed on the way");
        }
        boolean unicast = instance.transport() instanceof Unicast;
        if (unicast == isMulticast(packet.destination())) {
            return rejected(Reason.TRANSPORT, unicast
                    ? "a multicast advert, and this instance has unicast_peer"
                    : "a unicast advert, and this instance has no unicast_peer");
        }
        return null;
    }

    private static boolean isMulticast(IpAddress address) {
        return address.isV4() ? address.v4Bits() >>> 28 == 0xe : address.high() >>> 56 == 0xff;
    }

    /**
     * Version 3 over IPv4: with the pseudo-header (RFC 5798, keepalived), without (RFC 9568), or, from an old keepalived
     * to a unicast peer and unless old_unicast_checksum says never, with the group as if it were multicast.
     */
    private boolean isChecksumRight() {
        int length = packet.length();
        int sum = Checksum.sum(packet.packet(), packet.message(), length);
        boolean plain = Checksum.of(sum) == 0;
        if (packet.version() == 2) {
            return plain;
        }
        if (isRight(sum, packet.destination(), length) || packet.source().isV4() && plain) {
            return true;
        }
        oldChecksum = packet.source().isV4() && instance.transport() instanceof Unicast unicast
                && unicast.oldChecksum() != OldChecksum.NEVER && isRight(sum, unicast.group(), length);
        return oldChecksum;
    }

    private boolean isRight(int sum, IpAddress destination, int length) {
        return Checksum.of(Checksum.fold((long) sum + Layout.pseudoHeader(packet.source(), destination, length))) == 0;
    }

    private @Nullable Rejected agreement() {
        List<IpAddress> heard = addresses();
        for (VirtualAddress address : instance.addresses()) {
            if (!heard.contains(address.address())) {
                return rejected(Reason.ADDRESSES, address.address() + " is not among its addresses" + mismatch());
            }
        }
        if (!(instance.transport() instanceof Unicast unicast) || !unicast.checkSource()) {
            return null;
        }
        for (Peer peer : unicast.peers()) {
            if (peer.address().equals(packet.source())) {
                boolean within = packet.ttl() < 0
                        || packet.ttl() >= peer.leastTtl() && packet.ttl() <= peer.mostTtl();
                return within
                        ? null
                        : rejected(Reason.PEER_TTL, "TTL " + packet.ttl() + ", and min_ttl " + peer.leastTtl()
                                + ", max_ttl " + peer.mostTtl() + " are set for this peer");
            }
        }
        return rejected(Reason.PEER, "the sender is not in unicast_peer, and check_unicast_src is set");
    }

    private String mismatch() {
        return ": virtual_ipaddress must be the same on both sides, or virtual_router_id "
                + instance.virtualRouterId() + " is in use by another group on this network";
    }

    private Advert advert() {
        Duration interval = packet.version() == 2
                ? Duration.ofSeconds(packet.u8(Layout.SECONDS))
                : Duration.ofMillis((Bytes.u16(packet.packet(), packet.message() + Layout.HUNDREDTHS) & 0xfff) * 10L);
        return new Advert(packet.version(), packet.virtualRouterId(), packet.u8(Layout.PRIORITY), interval,
                addresses());
    }

    private List<IpAddress> addresses() {
        List<IpAddress> addresses = new ArrayList<>();
        int at = packet.message() + Layout.VRRP_HEADER;
        for (int i = 0; i < packet.addressCount(); i++) {
            addresses.add(packet.source().isV4()
                    ? Layout.v4(packet.packet(), at + i * 4)
                    : Layout.v6(packet.packet(), at + i * 16));
        }
        return addresses;
    }

    private byte[] bytes(long at, long length) {
        MemorySegment slice = packet.packet().asSlice(at, length);
        return slice.toArray(ValueLayout.JAVA_BYTE);
    }

    private Rejected rejected(Reason reason, String what) {
        return new Rejected(reason, "advert from " + packet.source() + " dropped: " + what);
    }
}
