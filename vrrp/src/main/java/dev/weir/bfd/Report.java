package dev.weir.bfd;

import dev.weir.bfd.Reading.Flaw;
import dev.weir.bfd.Session.Standing;
import dev.weir.conf.BfdInstance;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A dump for people, in the terms of keepalived's /tmp/keepalived_bfd.data where both have a thing. */
final class Report {
    private static final double MICROSECONDS = 1000;

    private Report() {
    }

    static String data(List<Standing> standings, Map<Flaw, Long> flaws) {
        StringBuilder text = new StringBuilder("------< BFD Topology >------\n");
        standings.forEach(standing -> append(text, standing));
        for (Flaw flaw : Flaw.values()) {
            if (flaws.containsKey(flaw)) {
                line(text, " Packets dropped (" + flaw + ")", flaws.get(flaw));
            }
        }
        return text.toString();
    }

    private static void append(StringBuilder text, Standing standing) {
        BfdInstance conf = standing.conf();
        line(text, " BFD Instance", conf.name());
        line(text, "   Neighbor IP", conf.neighbour());
        if (conf.source() != null) {
            line(text, "   Source IP", conf.source());
        }
        if (conf.device() != null) {
            line(text, "   Interface", conf.device());
        }
        line(text, "   State", standing.state() + ", neighbor " + standing.remoteState());
        line(text, "   Counts as", standing.up() ? "UP" : "DOWN");
        line(text, "   Local diagnostic", standing.own());
        line(text, "   Remote diagnostic", standing.remote());
        line(text, "   Local discriminator", hexadecimal(standing.discriminator()));
        line(text, "   Remote discriminator", hexadecimal(standing.remoteDiscriminator()));
        line(text, "   Required min RX interval", milliseconds(conf.minRx()));
        line(text, "   Desired min TX interval", milliseconds(conf.minTx()));
        line(text, "   Desired idle TX interval", milliseconds(conf.idleTx()));
        line(text, "   Transmit interval", standing.transmitInterval() / MICROSECONDS + " ms");
        line(text, "   Detection multiplier", conf.multiplier());
        line(text, "   Detection time", standing.detectionTime() / MICROSECONDS + " ms");
        line(text, conf.neighbour().isV4() ? "   TTL" : "   hoplimit", conf.ttl());
        line(text, "   max_hops", conf.maxHops());
        line(text, "   send event to VRRP", conf.toVrrp() ? "Yes" : "No");
        line(text, "   send event to checkers", conf.toCheckers() ? "Yes" : "No");
    }

    private static String hexadecimal(int discriminator) {
        return String.format(Locale.ROOT, "0x%08x", discriminator);
    }

    private static String milliseconds(Duration duration) {
        return duration.toNanos() / MICROSECONDS / MICROSECONDS + " ms";
    }

    private static void line(StringBuilder text, String name, Object value) {
        text.append(name).append(" = ").append(value).append('\n');
    }
}
