package dev.weir.vrrp;

import dev.weir.vrrp.machine.Action;
import dev.weir.vrrp.machine.State;
import dev.weir.vrrp.packet.Advert;
import dev.weir.vrrp.packet.Reading.Reason;
import java.util.EnumMap;
import java.util.Map;

/** What an instance has sent, heard and dropped since it began. */
final class Tally {
    private final Map<Reason, Long> rejected = new EnumMap<>(Reason.class);
    private long received;
    private long sent;
    private long becameMaster;
    private long releasedMaster;
    private long priorityZeroReceived;
    private long priorityZeroSent;
    private boolean master;

    void heard(Advert advert) {
        received++;
        if (advert.priority() == 0) {
            priorityZeroReceived++;
        }
    }

    void sent(Action.Send send) {
        sent++;
        if (send.priority() == 0) {
            priorityZeroSent++;
        }
    }

    void entered(State state) {
        if (state == State.MASTER) {
            becameMaster++;
        } else if (master) {
            releasedMaster++;
        }
        master = state == State.MASTER;
    }

    /** Answers with how many there were before. */
    long rejected(Reason reason) {
        return rejected.merge(reason, 1L, Long::sum) - 1;
    }

    /** In the words of keepalived's /tmp/keepalived.stats, which monitoring reads. */
    String text(String instance) {
        return """
                VRRP Instance: %s
                  Advertisements:
                    Received: %d
                    Sent: %d
                  Became master: %d
                  Released master: %d
                  Packet Errors:
                    Length: %d
                    TTL: %d
                    Invalid Type: %d
                    Advertisement Interval: %d
                    Address List: %d
                  Authentication Errors:
                    Invalid Type: %d
                    Type Mismatch: %d
                    Failure: %d
                  Priority Zero:
                    Received: %d
                    Sent: %d
                """.formatted(instance, received, sent, becameMaster, releasedMaster, count(Reason.LENGTH),
                count(Reason.TTL) + count(Reason.PEER_TTL), count(Reason.TYPE), count(Reason.INTERVAL),
                count(Reason.ADDRESS_COUNT) + count(Reason.ADDRESSES), 0L, count(Reason.AUTHENTICATION_TYPE),
                count(Reason.PASSWORD) + count(Reason.DIGEST) + count(Reason.SECURITY_INDEX) + count(Reason.REPLAY),
                priorityZeroReceived, priorityZeroSent);
    }

    private long count(Reason reason) {
        return rejected.getOrDefault(reason, 0L);
    }
}
