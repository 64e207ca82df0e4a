package dev.weir.mark;

/** What a rule does with a packet that matches. Neither ends the walk by itself, as -j MARK does not. */
public sealed interface Target {
    /**
     * -j MARK: {@code mark = mark & ~mask ^ value}. All its options are that: --set-mark N/M has mask N|M, --or-mark N mask
     * N, --and-mark N value 0 and mask ~N, --xor-mark N mask 0.
     */
    record SetMark(int value, int mask) implements Target {
        public static SetMark set(int value, int mask) {
            return new SetMark(value, value | mask);
        }

        public static SetMark and(int bits) {
            return new SetMark(0, ~bits);
        }

        public static SetMark or(int bits) {
            return new SetMark(bits, bits);
        }

        public static SetMark xor(int bits) {
            return new SetMark(bits, 0);
        }

        public int apply(int mark) {
            return mark & ~mask ^ value;
        }
    }

    /**
     * Passes over the rules that follow: -j RETURN those left of its chain, -j ACCEPT all that are left.
     *
     * @param rules 0 and up
     */
    record Skip(int rules) implements Target {
    }
}
