package dev.weir.port;

import dev.weir.sys.Link;

/** What ports of the kernel's interfaces have in common: the interface itself, as it is now. */
public abstract class LinkPort implements Port {
    /** The owner's thread changes it, others read. */
    private volatile Link link;

    protected LinkPort(Link link) {
        this.link = link;
    }

    protected final Link link() {
        return link;
    }

    /** It came back as another, or has another address. */
    protected final void link(Link now) {
        link = now;
    }

    @Override
    public final String name() {
        return link.name();
    }

    @Override
    public final int interfaceIndex() {
        return link.index();
    }

    @Override
    public final long hardwareAddress() {
        return link.hardwareAddress();
    }
}
