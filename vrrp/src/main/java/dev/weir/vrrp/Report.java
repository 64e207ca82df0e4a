package dev.weir.vrrp;

import dev.weir.conf.VirtualAddress;
import dev.weir.conf.VrrpInstance;
import dev.weir.vrrp.machine.Standing;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** A dump for people, in the terms of keepalived's /tmp/keepalived.data where both have a thing. */
final class Report {
    private Report() {
    }

    static String data(List<Standing> standings, Map<String, VrrpInstance> instances, Set<String> owners,
            String lateness) {
        StringBuilder text = new StringBuilder("------< VRRP Topology >------\n");
        for (Standing standing : standings) {
            VrrpInstance instance = instances.get(standing.instance());
            if (instance != null) {
                append(text, standing, instance, owners.contains(standing.instance()));
            }
        }
        return text.append(lateness).toString();
    }

    private static void append(StringBuilder text, Standing standing, VrrpInstance instance, boolean owns) {
        line(text, " VRRP Instance = " + instance.name());
        line(text, "   VRRP Version = " + instance.version());
        line(text, "   State = " + standing.state());
        line(text, "   In that state for = " + TimeUnit.NANOSECONDS.toMillis(standing.age()) / 1000.0 + " sec");
        standing.faults().forEach(fault -> line(text, "   Fault = " + fault));
        standing.rivals().forEach(rival -> line(text, "   Split brain = " + rival));
        if (standing.master() != null) {
            line(text, "   Master router = " + standing.master());
            line(text, "   Master priority = " + standing.masterPriority());
        }
        line(text, "   Interface = " + instance.device());
        line(text, "   Virtual Router ID = " + instance.virtualRouterId());
        line(text, "   Priority = " + standing.configuredPriority());
        line(text, "   Effective priority = " + standing.priority());
        line(text, "   Advert interval = " + instance.advertInterval().toMillis() / 1000.0 + " sec");
        line(text, "   Preempt = " + (instance.preemption().preempt() ? "enabled" : "disabled"));
        addresses(text, "Virtual IP", instance.addresses(), owns);
        addresses(text, "Virtual IP Excluded", instance.excluded(), owns);
    }

    private static void addresses(StringBuilder text, String title, List<VirtualAddress> addresses, boolean owns) {
        if (!addresses.isEmpty()) {
            line(text, "   " + title + " (" + addresses.size() + "):");
            addresses.forEach(address -> line(text, "     " + address.address() + "/" + address.length()
                    + (owns ? " set" : "")));
        }
    }

    private static void line(StringBuilder text, String line) {
        text.append(line).append('\n');
    }
}
