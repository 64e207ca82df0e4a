package dev.weir.lvs;

import dev.weir.lvs.Balancer.AddLocalAddress;
import dev.weir.lvs.Balancer.AddServer;
import dev.weir.lvs.Balancer.AddService;
import dev.weir.lvs.Balancer.AlreadyThere;
import dev.weir.lvs.Balancer.DeleteLocalAddress;
import dev.weir.lvs.Balancer.DeleteServer;
import dev.weir.lvs.Balancer.DeleteService;
import dev.weir.lvs.Balancer.Done;
import dev.weir.lvs.Balancer.EditServer;
import dev.weir.lvs.Balancer.EditService;
import dev.weir.lvs.Balancer.Failed;
import dev.weir.lvs.Balancer.Flush;
import dev.weir.lvs.Balancer.NotThere;
import dev.weir.lvs.Balancer.Order;
import dev.weir.lvs.Balancer.Result;
import dev.weir.lvs.Balancer.ServerAddress;
import dev.weir.lvs.Balancer.ServerSettings;
import dev.weir.lvs.Balancer.SetTimeouts;

/** Orders in words, for the log and for who asked for a reload. */
final class Orders {
    private Orders() {
    }

    static String text(Order order, Result result) {
        return text(order) + switch (result) {
            case Done _ -> "";
            case AlreadyThere _ -> ": it was there already, and stays as it is";
            case NotThere _ -> ": somebody removed it, and it stays away";
            case Failed failed -> ": failed, " + failed.why();
        };
    }

    static String text(Order order) {
        return switch (order) {
            case AddService add -> "add service " + add.service().name() + ", scheduler " + add.settings().scheduler();
            case EditService edit -> "change service " + edit.service().name();
            case DeleteService delete -> "remove service " + delete.service().name();
            case AddServer add -> "add server " + text(add.server()) + " to " + add.service().name() + ", "
                    + text(add.settings());
            case EditServer edit -> "change server " + text(edit.server()) + " of " + edit.service().name() + ": "
                    + text(edit.settings());
            case DeleteServer delete -> "remove server " + text(delete.server()) + " from " + delete.service().name();
            case AddLocalAddress add -> "add local address " + add.address() + " to " + add.service().name();
            case DeleteLocalAddress delete -> "remove local address " + delete.address() + " from "
                    + delete.service().name();
            case SetTimeouts set -> "set timeouts: tcp " + set.tcp().toSeconds() + " s, tcpfin "
                    + set.tcpFin().toSeconds() + " s, udp " + set.udp().toSeconds() + " s (0: as it was)";
            case Flush _ -> "remove all services";
        };
    }

    static String text(ServerAddress server) {
        return (server.address().isV4() ? server.address().toString() : "[" + server.address() + "]") + ":"
                + server.port();
    }

    private static String text(ServerSettings settings) {
        return String.join(" ", settings.method()) + ", "
                + (settings.draining() ? "draining" : "weight " + settings.weight());
    }
}
