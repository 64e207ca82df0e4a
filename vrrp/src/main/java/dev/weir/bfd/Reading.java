package dev.weir.bfd;

/** What is made of a datagram before its session is known. */
sealed interface Reading {
    record Valid(ControlPacket packet) implements Reading {
    }

    record Invalid(Flaw flaw) implements Reading {
    }

    /** Why a packet is as if it had not come (RFC 5880 section 6.8.6, RFC 5881 section 5); one counter each. */
    enum Flaw {
        LENGTH("it is shorter than it says"), VERSION("it is of another version than 1"), MULTIPLIER(
                "its Detect Mult is zero"), MULTIPOINT("it has the Multipoint bit"), MY_DISCRIMINATOR(
                        "its My Discriminator is zero"), YOUR_DISCRIMINATOR(
                                "it has state Init or Up, and no Your Discriminator"), BITS(
                                        "it has both Poll and Final"), AUTHENTICATION(
                                                "it is authenticated, which no session here is"), SESSION(
                                                        "it is of no session here: bfd_instance, neighbor_ip or source_ip may be missing, or the neighbour remembers a session of before"), HOPS(
                                                                "it came over more hops than max_hops, or its sender has another ttl");

        private final String text;

        Flaw(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
