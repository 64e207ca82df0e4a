package dev.weir.ipvsadm;

import dev.weir.service.Protocol;
import dev.weir.service.RealServer;
import dev.weir.service.ServiceKey;
import dev.weir.service.VirtualService;
import dev.weir.wire.IpAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.ToIntBiFunction;

/**
 * The order of a listing. ipvsadm compares numbers by the sign of a 32-bit difference, which is no total order
 * (10.0.0.1 comes after 192.168.0.1, and 100.64.0.1 before it), so what it prints also depends on how it sorts: by
 * merging halves. Both are done alike here, since scripts hold on to what they saw.
 */
final class Order {
    private Order() {
    }

    static List<VirtualService> services(Collection<VirtualService> services) {
        return sorted(new ArrayList<>(services), (a, b) -> services(a.key(), b.key()));
    }

    /** @param servers as IPVS keeps them, newest first */
    static List<RealServer> servers(List<RealServer> servers) {
        return sorted(servers, (a, b) -> {
            int addresses = addresses(a.address(), b.address());
            return addresses != 0 ? addresses : a.port() - b.port();
        });
    }

    private static int services(ServiceKey a, ServiceKey b) {
        int marks = mark(a) - mark(b);
        if (marks != 0) {
            return marks;
        }
        int families = Boolean.compare(b.v4(), a.v4());
        if (families != 0 || !(a instanceof ServiceKey.Address(Protocol pa, IpAddress aa, int porta))
                || !(b instanceof ServiceKey.Address(Protocol pb, IpAddress ab, int portb))) {
            return families;
        }
        int protocols = pa.number() - pb.number();
        if (protocols != 0) {
            return protocols;
        }
        int addresses = addresses(aa, ab);
        return addresses != 0 ? addresses : porta - portb;
    }

    private static int mark(ServiceKey key) {
        return key instanceof ServiceKey.Mark(int mark, boolean v4) ? mark : 0;
    }

    /** Word by word, an IPv4 address being the first word and the others 0, whatever the families. */
    private static int addresses(IpAddress a, IpAddress b) {
        for (int i = 0; i < 4; i++) {
            int difference = word(a, i) - word(b, i);
            if (difference != 0) {
                return difference;
            }
        }
        return 0;
    }

    private static int word(IpAddress address, int place) {
        if (address.isV4()) {
            return place == 0 ? address.v4Bits() : 0;
        }
        long half = place < 2 ? address.high() : address.low();
        return (int) (place % 2 == 0 ? half >>> 32 : half);
    }

    private static <T> List<T> sorted(List<T> list, ToIntBiFunction<T, T> compare) {
        if (list.size() < 2) {
            return list;
        }
        int half = list.size() / 2;
        List<T> left = sorted(list.subList(0, half), compare);
        List<T> right = sorted(list.subList(half, list.size()), compare);
        List<T> merged = new ArrayList<>(list.size());
        int l = 0;
        int r = 0;
        while (l < left.size() && r < right.size()) {
            merged.add(compare.applyAsInt(left.get(l), right.get(r)) <= 0 ? left.get(l++) : right.get(r++));
        }
        merged.addAll(left.subList(l, left.size()));
        merged.addAll(right.subList(r, right.size()));
        return merged;
    }
}
