package dev.weir.vrrp.announce;

import dev.weir.conf.Network.Pace;
import dev.weir.wire.IpAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Announcements that wait for their turn: vrrp_garp_interval, vrrp_gna_interval and garp_group. Interfaces of a group
 * share one queue; others have one each. Pure: the time is handed in.
 */
final class Paces {
    /** One frame to be. */
    record Waiting(String instance, IpAddress address, String device) {
    }

    private static final class Queue {
        private final Deque<Waiting> waiting = new ArrayDeque<>();
        private final long garpNanos;
        private final long neighbourNanos;
        private long next = Long.MIN_VALUE;

        Queue(Pace pace) {
            garpNanos = pace.garp().toNanos();
            neighbourNanos = pace.neighbour().toNanos();
        }

        long pause(Waiting sent) {
            return sent.address().isV4() ? garpNanos : neighbourNanos;
        }
    }

    private final Map<String, Queue> queues = new HashMap<>();
    private Pace everyone;

    /** @param paces the last is that of all interfaces that no other names */
    Paces(List<Pace> paces) {
        everyone = paces.getLast();
        configure(paces);
    }

    /** What waits goes on waiting, at the new pace. */
    void configure(List<Pace> paces) {
        List<Waiting> waiting = new ArrayList<>();
        queues.values().forEach(queue -> waiting.addAll(queue.waiting));
        queues.clear();
        everyone = paces.getLast();
        paces.stream().filter(pace -> !pace.interfaces().isEmpty()).forEach(pace -> {
            Queue shared = new Queue(pace);
            pace.interfaces().forEach(name -> queues.put(name, shared));
        });
        waiting.forEach(this::add);
    }

    /** @param added its device counts as itself, and a VMAC too */
    void add(Waiting added) {
        queues.computeIfAbsent(added.device(), _ -> new Queue(everyone)).waiting.add(added);
    }

    /** An instance that is not master any more has nothing to announce. */
    void forget(String instance) {
        queues.values().forEach(queue -> queue.waiting.removeIf(each -> each.instance().equals(instance)));
    }

    /** Takes what is due. */
    List<Waiting> due(long now) {
        List<Waiting> due = new ArrayList<>();
        for (Queue queue : List.copyOf(queues.values())) {
            while (!queue.waiting.isEmpty() && (queue.next == Long.MIN_VALUE || now - queue.next >= 0)) {
                Waiting one = queue.waiting.remove();
                due.add(one);
                long pause = queue.pause(one);
                queue.next = pause == 0 ? Long.MIN_VALUE : now + pause;
            }
        }
        return due;
    }

    /** When something is due, as nanoTime has it; Long.MAX_VALUE: nothing waits. */
    long deadline(long now) {
        long first = Long.MAX_VALUE;
        for (Queue queue : queues.values()) {
            if (!queue.waiting.isEmpty()) {
                first = Math.min(first, queue.next == Long.MIN_VALUE ? now : queue.next);
            }
        }
        return first;
    }
}
