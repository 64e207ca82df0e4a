package dev.weir.sync.stream;

/**
 * The kinds of records, by their first byte.
 *
 * <pre>
 * WELCOME, the first of each direction:
 *    0 kind (1)   1 own incarnation (8)   9 tables (1)   10 incarnation of whose batches were applied last (8)   18 the last such batch (8)
 *   26 workers (1)   27 steering (4)
 * BATCH:
 *    0 kind (1)   1 number (8)   9 1: the first table begins, 2: it ends (1)   10 entries
 * APPLIED:
 *    0 kind (1)   1 batch (8)
 * PROGRESS, four times a second:
 *    0 kind (1)   1 connections applied (4)   5 connections in all (4)   9 milliseconds behind (4)   13 the first table is applied (1)
 * </pre>
 */
final class Message {
    static final byte WELCOME = 1;
    static final byte BATCH = 2;
    static final byte APPLIED = 3;
    static final byte PROGRESS = 4;

    static final int TABLE_BEGINS = 1;
    static final int TABLE_ENDS = 2;

    private Message() {
    }
}
