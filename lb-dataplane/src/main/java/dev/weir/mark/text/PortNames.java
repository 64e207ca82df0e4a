package dev.weir.mark.text;

/** Ports by name, as services(5) has them. */
@FunctionalInterface
public interface PortNames {
    PortNames NONE = (_, _) -> -1;

    /**
     * @param protocol an IP protocol number
     * @return -1 where there is none
     */
    int port(String name, int protocol);
}
