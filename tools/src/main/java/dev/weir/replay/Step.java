package dev.weir.replay;

import org.jspecify.annotations.Nullable;

/** What is done to the director at one moment of a recording. */
public sealed interface Step {
    /** @param arguments as a shell would be given them, see {@link ShellWords} */
    record Ipvsadm(String arguments, @Nullable String stdin) implements Step {
    }

    /** A whole Ethernet frame reaches the director. */
    record Arrival(FrameHex frame) implements Step {
    }

    /** @param rule the arguments of {@code iptables -t mangle -A PREROUTING} */
    record Mark(String rule) implements Step {
    }

    /** @param arguments of {@code ip}, see {@link PolicyRouting} */
    record Ip(String arguments) implements Step {
    }

    /** @param key a name under net.ipv4.vs */
    record Sysctl(String key, String value) implements Step {
    }

    /** @param file one of IPVS under /proc, as {@link dev.weir.proc.ProcText} names it */
    record Proc(String file) implements Step {
    }

    record Sleep(long milliseconds) implements Step {
    }

    /** The kind of step as a row names it. */
    default String kind() {
        return switch (this) {
            case Ipvsadm i -> "ipvsadm";
            case Arrival a -> "frame";
            case Mark m -> "mark";
            case Ip i -> "ip";
            case Sysctl s -> "sysctl";
            case Proc p -> "proc";
            case Sleep s -> "sleep";
        };
    }
}
