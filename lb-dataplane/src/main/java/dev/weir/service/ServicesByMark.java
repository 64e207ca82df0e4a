package dev.weir.service;

import java.util.Arrays;
import java.util.Collection;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One family's services of firewall marks, which are few. Immutable. */
final class ServicesByMark {
    /** In ascending order. */
    private final int[] marks;
    private final VirtualService[] services;

    ServicesByMark(Collection<VirtualService> all, boolean v4) {
        SortedMap<Integer, VirtualService> sorted = new TreeMap<>();
        for (VirtualService service : all) {
            if (service.key() instanceof ServiceKey.Mark(int mark, boolean ofV4) && ofV4 == v4) {
                sorted.put(mark, service);
            }
        }
        marks = sorted.keySet().stream().mapToInt(Integer::intValue).toArray();
        services = sorted.values().toArray(VirtualService[]::new);
    }

    boolean isEmpty() {
        return marks.length == 0;
    }

    @Nullable
    VirtualService find(int mark) {
        int place = Arrays.binarySearch(marks, mark);
        return place < 0 ? null : services[place];
    }
}
