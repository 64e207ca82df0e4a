package dev.weir.mark.text;

import dev.weir.mark.Target;

/** Where a rule leads: -j or -g. */
sealed interface Jump {
    /** As iptables-save prints it, with a blank before it. */
    String text();

    record Mark(Target.SetMark set) implements Jump {
        @Override
        public String text() {
            return " -j MARK --set-xmark 0x" + Integer.toHexString(set.value()) + "/0x"
                    + Integer.toHexString(set.mask());
        }
    }

    enum Verdict implements Jump {
        ACCEPT, RETURN;

        @Override
        public String text() {
            return " -j " + name();
        }
    }

    /** @param forGood -g: when that chain ends, so does this one */
    record Chain(String name, boolean forGood) implements Jump {
        @Override
        public String text() {
            return (forGood ? " -g " : " -j ") + name;
        }
    }

    /** No -j: the rule does nothing. */
    record Nowhere() implements Jump {
        @Override
        public String text() {
            return "";
        }
    }
}
