package dev.weir.bench;

/** The numbers of so many clients: each in its turn, or in no order. */
final class ClientNumbers {
    private final int count;
    private long turn;
    private long random = 1;

    ClientNumbers(int count) {
        this.count = count;
    }

    int next() {
        return (int) (turn++ % count);
    }

    /** A linear congruential generator (Knuth's MMIX): what it costs is far less than a miss of the cache. */
    int random() {
        random = random * 0x5851_f42d_4c95_7f2dL + 0x1405_7b7e_f767_814fL;
        return (int) ((random >>> 32) * count >>> 32);
    }
}
