package dev.weir.vrrp.machine;

import dev.weir.conf.VrrpInstance;
import dev.weir.conf.VrrpInstance.AuthenticationHeader;
import dev.weir.conf.VrrpInstance.Password;
import dev.weir.conf.VrrpInstance.Unicast;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What two nodes must have alike to take each other's adverts; sent with heartbeats, so that the cause of a split brain can
 * be named.
 *
 * @param authentication 0: none, 1: PASS, 2: AH
 * @param password       a number that follows from the password
 * @param unicast        adverts go to peers, not to a group
 * @param addresses      a number that follows from virtual_ipaddress
 */
public record Terms(int virtualRouterId, int version, Duration advertInterval, int authentication, int password,
        boolean unicast, int addresses) {

    static Terms of(VrrpInstance instance) {
        int authentication = 0;
        String password = "";
        if (instance.authentication() instanceof Password given) {
            authentication = 1;
            password = given.password();
        } else if (instance.authentication() instanceof AuthenticationHeader given) {
            authentication = 2;
            password = given.key();
        }
        return new Terms(instance.virtualRouterId(), instance.version(), instance.advertInterval(), authentication,
                // Sixteen bits: enough to tell two apart, and too few to find one by.
                password.hashCode() & 0xffff, instance.transport() instanceof Unicast,
                instance.addresses().stream().mapToInt(address -> address.address().hashCode()).sum());
    }

    /** Why adverts on the other's terms count for nothing here. */
    List<String> differences(Terms other) {
        List<String> differences = new ArrayList<>();
        if (virtualRouterId != other.virtualRouterId) {
            differences
                    .add("virtual_router_id is " + other.virtualRouterId + " there and " + virtualRouterId + " here");
        }
        if (version != other.version) {
            differences.add("version is " + other.version + " there and " + version + " here");
        } else if (version == 2 && !advertInterval.equals(other.advertInterval)) {
            differences.add("advert_int is " + Timing.seconds(other.advertInterval.toNanos()) + " there and "
                    + Timing.seconds(advertInterval.toNanos()) + " here");
        }
        if (authentication != other.authentication) {
            differences.add("auth_type differs");
        } else if (password != other.password) {
            differences.add("auth_pass differs");
        }
        if (unicast != other.unicast) {
            differences.add(unicast
                    ? "there are no unicast_peers there, and there are here"
                    : "there are unicast_peers there, and none here");
        }
        if (differences.isEmpty() && addresses != other.addresses) {
            differences.add("virtual_ipaddress differs");
        }
        return differences;
    }
}
