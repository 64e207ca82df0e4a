package dev.weir.replay;

import java.util.HexFormat;

/**
 * A frame on a port, as a row writes it.
 *
 * @param port the name of an interface
 * @param hex  the frame from its Ethernet header on, two lower-case digits a byte
 */
public record FrameHex(String port, String hex) {
    static FrameHex of(String port, byte[] frame) {
        return new FrameHex(port, HexFormat.of().formatHex(frame));
    }

    byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }
}
