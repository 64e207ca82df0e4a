package dev.weir.sys;

import static dev.weir.sys.BpfAssembler.Condition.NOT_EQUAL;
import static dev.weir.sys.BpfAssembler.Operation.ADD;
import static dev.weir.sys.BpfAssembler.Operation.SHIFT_RIGHT;
import static dev.weir.sys.BpfAssembler.Register.R0;
import static dev.weir.sys.BpfAssembler.Register.R1;
import static dev.weir.sys.BpfAssembler.Register.R10;
import static dev.weir.sys.BpfAssembler.Register.R3;
import static dev.weir.sys.BpfAssembler.Register.R6;
import static dev.weir.sys.BpfAssembler.Width.DOUBLE;
import static dev.weir.sys.BpfAssembler.Width.HALF;
import static dev.weir.sys.BpfAssembler.Width.WORD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against the encodings of the kernel's instruction set document, as a little-endian machine has them. */
class BpfAssemblerTest {
    private final BpfAssembler text = new BpfAssembler();

    @BeforeEach
    void littleEndian() {
        Assumptions.assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN,
                "encodings of a little-endian machine");
    }

    @Test
    void moves_and_arithmetic() {
        encodes(text.move(R3, -1), "b7030000ffffffff");
        encodes(text.move(R6, R1), "bf16000000000000");
        encodes(text.alu(ADD, R3, 40), "0703000028000000");
        encodes(text.alu(ADD, R3, R6), "0f63000000000000");
        encodes(text.alu(SHIFT_RIGHT, R0, 4), "7700000004000000");
        encodes(text.bigEndian16(R0), "dc00000010000000");
    }

    @Test
    void loads_and_stores() {
        encodes(text.load(WORD, R0, R6, 8), "6160080000000000");
        encodes(text.load(DOUBLE, R0, R10, -24), "79a0e8ff00000000");
        encodes(text.store(HALF, R10, -6, R0), "6b0afaff00000000");
        encodes(text.store(HALF, R10, -6, 0xffff), "6a0afaffffff0000");
    }

    @Test
    void calls_maps_and_exit() {
        encodes(text.call(BpfAssembler.HELPER_MAP_LOOKUP), "8500000001000000");
        encodes(text.exit(), "9500000000000000");
        assertThat(HexFormat.of().formatHex(new BpfAssembler().loadMap(R1, 7).assemble()))
                .isEqualTo("18110000070000000000000000000000");
    }

    @Test
    void jumps_count_instructions_from_the_one_behind_them() {
        byte[] program = text.jumpIf(R0, NOT_EQUAL, 2, "end").jumpIf(R0, NOT_EQUAL, R1, "end").loadMap(R1, 3)
                .jump("end")
                .label("end").exit().assemble();
        assertThat(HexFormat.of().formatHex(program)).isEqualTo("5500040002000000" + "5d10030000000000"
                + "18110000030000000000000000000000" + "0500000000000000" + "9500000000000000");
    }

    @Test
    void labels_that_are_missing_or_stand_twice_are_refused() {
        assertThatThrownBy(() -> new BpfAssembler().jump("nowhere").assemble()).hasMessageContaining("nowhere");
        assertThatThrownBy(() -> new BpfAssembler().label("a").label("a")).hasMessageContaining("two places");
    }

    /** Looks at the last instruction. */
    private static void encodes(BpfAssembler program, String expected) {
        byte[] all = program.assemble();
        assertThat(HexFormat.of().formatHex(all, all.length - 8, all.length)).isEqualTo(expected);
    }
}
