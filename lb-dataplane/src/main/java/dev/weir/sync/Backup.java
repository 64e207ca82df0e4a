package dev.weir.sync;

import dev.weir.connection.ConnectionCopy;
import dev.weir.connection.ConnectionRecords;
import dev.weir.connection.State;
import dev.weir.wire.Bytes;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Transport;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a backup makes of datagrams: connections, as far as they are said by the rules (ip_vs_process_message). Nothing that
 * arrives can do it harm, and none costs memory. Knows no socket; belongs to one thread, but for its counters.
 */
public final class Backup {
    /** What is taken of another's flags (IP_VS_CONN_F_BACKUP_MASK), sequence numbers left out. */
    private static final int TAKEN_FLAGS = ConnectionRecords.FORWARDING_MASK | ConnectionRecords.NO_OUTPUT
            | ConnectionRecords.INACTIVE | ConnectionRecords.NO_CLIENT_PORT | ConnectionRecords.TEMPLATE;

    private final int syncId;
    private final Consumer<ConnectionCopy> taker;
    private final Parameters parameters = new Parameters();
    private final ConnectionCopy copy = new ConnectionCopy();
    private final MemorySegment engineData = MemorySegment.ofArray(copy.engineData);
    private final AtomicLong taken = new AtomicLong();
    private final AtomicLongArray refused = new AtomicLongArray(Refusal.all().size());

    /**
     * @param syncId 1 to 255: of its master; 0: any
     * @param taker  gets each connection, for that call only
     */
    public Backup(int syncId, Consumer<ConnectionCopy> taker) {
        this.syncId = syncId;
        this.taker = taker;
    }

    /** @param length bytes of the datagram, from the start of {@code datagram} */
    public void receive(MemorySegment datagram, int length) {
        if (length < Message.HEADER_V0) {
            refuse(Refusal.HEADER_CUT);
        } else if (Bytes.u16(datagram, Message.SIZE) != length) {
            refuse(Refusal.WRONG_SIZE);
        } else if (syncId != 0 && Bytes.u8(datagram, Message.SYNC_ID) != syncId) {
            refuse(Refusal.OTHER_SYNC_ID);
        } else if (isVersion1(datagram, length)) {
            readV1(datagram, length);
        } else {
            readV0(datagram, length);
        }
    }

    private static boolean isVersion1(MemorySegment datagram, int length) {
        return length >= Message.HEADER_V1 && Bytes.u8(datagram, 0) == 0
                && Bytes.u8(datagram, Message.VERSION_AT) == Message.VERSION
                && Bytes.u16(datagram, Message.SPARE) == 0;
    }

    private void readV1(MemorySegment datagram, int length) {
        int at = Message.HEADER_V1;
        for (int entries = Bytes.u8(datagram, Message.ENTRIES_V1); entries > 0; entries--) {
            if (at + Message.ENTRY_V4 > length) {
                refuse(Refusal.ENTRY_CUT);
                return;
            }
            int versionAndLength = Bytes.u16(datagram, at + Message.VERSION_AND_LENGTH);
            int entry = versionAndLength & Message.LENGTH_MASK;
            if (at + entry > length) {
                refuse(Refusal.ENTRY_CUT);
                return;
            }
            if (versionAndLength != entry) {
                refuse(Refusal.ENTRY_VERSION);
                return;
            }
            if (!readEntry(datagram, at, at + entry)) {
                return;
            }
            at += entry + 3 & -4;
        }
    }

    /** @return false where what comes behind it is not to be trusted */
    private boolean readEntry(MemorySegment datagram, int at, int end) {
        int type = Bytes.u8(datagram, at + Message.TYPE);
        boolean v6 = (type & Message.TYPE_V6) != 0;
        if (type != 0 && !v6) {
            refuse(Refusal.ENTRY_TYPE);
            return false;
        }
        int body = v6 ? Message.ENTRY_V6 : Message.ENTRY_V4;
        if (at + body > end) {
            refuse(Refusal.ENTRY_CUT);
            return false;
        }
        Parameters.Verdict verdict = parameters.read(datagram, at + body, end);
        if (verdict != Parameters.Verdict.SOUND) {
            refuse(verdict == Parameters.Verdict.UNKNOWN ? Refusal.UNKNOWN_PARAMETER : Refusal.BAD_PARAMETER);
            return verdict == Parameters.Verdict.UNKNOWN;
        }
        int flags = Bytes.i32(datagram, at + Message.FLAGS);
        copy.kind = ConnectionCopy.Kind.IPVS;
        copy.v6 = v6;
        copy.protocol = Bytes.u8(datagram, at + Message.PROTOCOL);
        copy.flags = flags & TAKEN_FLAGS;
        copy.state = Bytes.u16(datagram, at + Message.STATE);
        copy.clientPort = Bytes.u16(datagram, at + Message.CLIENT_PORT);
        copy.virtualPort = Bytes.u16(datagram, at + Message.VIRTUAL_PORT);
        copy.serverPort = Bytes.u16(datagram, at + Message.SERVER_PORT);
        copy.mark = Bytes.i32(datagram, at + Message.MARK);
        copy.timeout = seconds(Bytes.i32(datagram, at + Message.TIMEOUT));
        addresses(datagram, at + Message.ADDRESSES);
        adjustment(datagram, parameters.sequences(), flags, false);
        engineData(datagram);
        take();
        return true;
    }

    private void engineData(MemorySegment datagram) {
        int length = parameters.engineDataLength();
        copy.engineDataLength = length;
        MemorySegment.copy(datagram, parameters.engineData(), engineData, 0, length);
    }

    private void readV0(MemorySegment datagram, int length) {
        int at = Message.HEADER_V0;
        for (int entries = Bytes.u8(datagram, 0); entries > 0; entries--) {
            if (at + Message.ENTRY_V0 > length) {
                refuse(Refusal.ENTRY_CUT);
                return;
            }
            int flags = Bytes.u16(datagram, at + Message.V0_FLAGS);
            boolean adjusted = (flags & Message.ADJUSTED) != 0;
            int end = at + Message.ENTRY_V0 + (adjusted ? Message.SEQUENCES_LENGTH : 0);
            if (end > length) {
                refuse(Refusal.ENTRY_CUT);
                return;
            }
            copy.kind = ConnectionCopy.Kind.IPVS;
            copy.v6 = false;
            copy.protocol = Bytes.u8(datagram, at + Message.PROTOCOL);
            // Version 0 takes all flags; of those beyond the usual only this one means anything.
            copy.flags = flags & (TAKEN_FLAGS | ConnectionRecords.ONE_PACKET);
            copy.state = Bytes.u16(datagram, at + Message.V0_STATE);
            copy.clientPort = Bytes.u16(datagram, at + Message.V0_CLIENT_PORT);
            copy.virtualPort = Bytes.u16(datagram, at + Message.V0_VIRTUAL_PORT);
            copy.serverPort = Bytes.u16(datagram, at + Message.V0_SERVER_PORT);
            copy.mark = 0;
            copy.timeout = 0;
            addresses(datagram, at + Message.V0_ADDRESSES);
            adjustment(datagram, adjusted ? at + Message.ENTRY_V0 : Parameters.NONE, flags, true);
            copy.engineDataLength = 0;
            parameters.forget();
            take();
            at = end;
        }
    }

    private static int seconds(int unsigned) {
        return unsigned < 0 ? Integer.MAX_VALUE : unsigned;
    }

    private void addresses(MemorySegment datagram, int at) {
        if (!copy.v6) {
            copy.clientHigh = 0;
            copy.virtualHigh = 0;
            copy.serverHigh = 0;
            copy.clientLow = IpAddress.mapped(Bytes.i32(datagram, at));
            copy.virtualLow = IpAddress.mapped(Bytes.i32(datagram, at + 4L));
            copy.serverLow = IpAddress.mapped(Bytes.i32(datagram, at + 8L));
            return;
        }
        copy.clientHigh = Bytes.i64(datagram, at);
        copy.clientLow = Bytes.i64(datagram, at + 8L);
        copy.virtualHigh = Bytes.i64(datagram, at + 16L);
        copy.virtualLow = Bytes.i64(datagram, at + 24L);
        copy.serverHigh = Bytes.i64(datagram, at + 32L);
        copy.serverLow = Bytes.i64(datagram, at + 40L);
        if (copy.protocol == 0) {
            // A firewall mark stands for the virtual address, as its first four bytes; the others do not count.
            copy.virtualHigh &= 0xffff_ffff_0000_0000L;
            copy.virtualLow = 0;
        }
    }

    /** Numbers count only of the half that the flags name. */
    private void adjustment(MemorySegment datagram, int at, int flags, boolean lowestFirst) {
        copy.adjusted = at != Parameters.NONE && (flags & Message.ADJUSTED) != 0;
        for (int i = 0; copy.adjusted && i < Message.SEQUENCE_WORDS; i++) {
            int word = Bytes.i32(datagram, at + (long) i * Integer.BYTES);
            int flag = i < Message.SEQUENCE_WORDS / 2 ? Message.CLIENT_ADJUSTED : Message.SERVER_ADJUSTED;
            copy.adjustment[i] = (flags & flag) == 0 ? 0 : lowestFirst ? Integer.reverseBytes(word) : word;
        }
    }

    private void take() {
        Refusal refusal = refusal();
        if (refusal != null) {
            refuse(refusal);
            return;
        }
        if (!copy.isTemplate()) {
            copy.engineDataLength = 0;
        } else if (copy.state > 1) {
            // The kernel keeps such a state, and shows it as the first.
            copy.state = 0;
        }
        taken.setOpaque(taken.getPlain() + 1);
        taker.accept(copy);
    }

    private @Nullable Refusal refusal() {
        if ((copy.flags & ConnectionRecords.FORWARDING_MASK) == ConnectionRecords.FULL_NAT) {
            return Refusal.FULL_NAT;
        }
        if (!copy.isTemplate()) {
            if (copy.protocol != Transport.TCP && copy.protocol != Transport.UDP
                    && copy.protocol != Transport.SCTP) {
                return Refusal.PROTOCOL;
            }
            if (State.of(copy.protocol, false, copy.state) == null) {
                return Refusal.STATE;
            }
        }
        if (copy.engineDataLength != 0 && !parameters.isEngineKnown()) {
            return Refusal.ENGINE;
        }
        boolean mixed = copy.v6 && (IpAddress.isV4(copy.clientHigh, copy.clientLow)
                || IpAddress.isV4(copy.virtualHigh, copy.virtualLow)
                || IpAddress.isV4(copy.serverHigh, copy.serverLow));
        return mixed || copy.isTemplate() && copy.clientPort != 0 ? Refusal.TUPLE : null;
    }

    private void refuse(Refusal reason) {
        refused.setOpaque(reason.ordinal(), refused.getPlain(reason.ordinal()) + 1);
    }

    /** Connections taken. Any thread. */
    public long taken() {
        return taken.getOpaque();
    }

    /** How often something was refused for a reason. Any thread. */
    public long refused(Refusal reason) {
        return refused.getOpaque(reason.ordinal());
    }
}
