package dev.weir.vrrp.address;

import java.io.IOException;

/** An interface that is not there now, and may come. */
final class MissingInterfaceException extends IOException {
    private static final long serialVersionUID = 1;

    MissingInterfaceException(String name) {
        super("there is no interface " + name + " now");
    }
}
