package dev.weir.check;

import java.io.IOException;

/** A connection to a server, in the clear or not; each call blocks its caller alone, see {@link CheckSocket}. */
interface Duplex extends AutoCloseable {
    /** @return how many bytes came, at least one; -1: the other side sends no more */
    int read(byte[] into, int offset, int length, Deadline deadline) throws IOException, InterruptedException;

    /** Sends it all. */
    void write(byte[] bytes, Deadline deadline) throws IOException, InterruptedException;

    @Override
    void close();
}
