package dev.weir.vrrp.address;

import dev.weir.conf.Network;
import dev.weir.conf.Network.Possession;
import dev.weir.conf.VirtualAddress;
import dev.weir.sys.NetlinkRequest;
import dev.weir.vrrp.address.UndoLog.Undo;
import java.io.IOException;
import java.util.Objects;

/** One thing that is put onto the host and taken off again; equal ones are the same thing. */
sealed interface Piece {
    /** @throws IOException where it needs an interface that is not there, or a word of it is not known */
    NetlinkRequest add(Interfaces interfaces) throws IOException;

    NetlinkRequest remove(Interfaces interfaces) throws IOException;

    Undo undo();

    /** What the file gives the host itself, each address with its interface. */
    static Piece of(Possession possession) {
        return switch (possession) {
            case VirtualAddress address -> new Address(address, Objects.requireNonNull(address.device()));
            case Network.Route route -> new Route(route);
            case Network.Rule rule -> new Rule(rule);
        };
    }

    /** It comes back where somebody takes it away. */
    boolean tracked();

    /** As an operator writes it. */
    String text();

    record Address(VirtualAddress address, String device) implements Piece {
        @Override
        public NetlinkRequest add(Interfaces interfaces) throws IOException {
            return AddressRequest.add(address, found(interfaces));
        }

        @Override
        public NetlinkRequest remove(Interfaces interfaces) throws IOException {
            return AddressRequest.remove(address, found(interfaces));
        }

        private Device found(Interfaces interfaces) throws IOException {
            Device found = interfaces.named(device);
            if (found == null) {
                throw new MissingInterfaceException(device);
            }
            return found;
        }

        @Override
        public Undo undo() {
            return Undo.ip(!address.address().isV4(), AddressRequest.undo(address, device));
        }

        @Override
        public boolean tracked() {
            return address.tracked();
        }

        @Override
        public String text() {
            return address.address() + "/" + address.length() + " dev " + device;
        }
    }

    record Route(Network.Route route) implements Piece {
        @Override
        public NetlinkRequest add(Interfaces interfaces) throws IOException {
            return RouteRequest.add(route, interfaces);
        }

        @Override
        public NetlinkRequest remove(Interfaces interfaces) throws IOException {
            return RouteRequest.remove(route, interfaces);
        }

        @Override
        public Undo undo() {
            return Undo.ip(RouteRequest.six(route), RouteRequest.undo(route));
        }

        @Override
        public boolean tracked() {
            return route.tracked();
        }

        @Override
        public String text() {
            return "route " + String.join(" ", route.words());
        }
    }

    record Rule(Network.Rule rule) implements Piece {
        @Override
        public NetlinkRequest add(Interfaces interfaces) throws IOException {
            return RuleRequest.add(rule);
        }

        @Override
        public NetlinkRequest remove(Interfaces interfaces) throws IOException {
            return RuleRequest.remove(rule);
        }

        @Override
        public Undo undo() {
            return Undo.ip(RuleRequest.six(rule), RuleRequest.undo(rule));
        }

        @Override
        public boolean tracked() {
            return rule.tracked();
        }

        @Override
        public String text() {
            return "rule " + String.join(" ", rule.words());
        }
    }
}
