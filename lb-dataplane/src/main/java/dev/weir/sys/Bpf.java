package dev.weir.sys;

import static dev.weir.sys.Native.INT;
import static dev.weir.sys.Native.LONG;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** bpf(2): maps and programs, each held by a descriptor. Needs CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN. */
public final class Bpf {
    private static final int MAP_CREATE = 0;
    private static final int MAP_LOOKUP = 1;
    private static final int MAP_UPDATE = 2;
    private static final int MAP_DELETE = 3;
    private static final int PROG_LOAD = 5;
    private static final int PROG_TEST_RUN = 10;
    private static final int PROG_GET_FD_BY_ID = 13;
    private static final int OBJ_GET_INFO_BY_FD = 15;
    private static final int TEST_RUN_LIVE_FRAMES = 1 << 1;
    private static final int LINK_CREATE = 28;
    private static final int ATTACH_XDP = 37;
    private static final int XDP_FLAGS_SKB_MODE = 1 << 1;
    private static final int XDP_FLAGS_DRV_MODE = 1 << 2;
    private static final int MAP_TYPE_HASH = 1;
    private static final int MAP_TYPE_ARRAY = 2;
    private static final int MAP_TYPE_LPM_TRIE = 11;
    private static final int MAP_TYPE_XSKMAP = 17;
    private static final int NO_PREALLOCATION = 1;
    /** Before the data of a prefix: how many bits of them count. */
    public static final int PREFIX_HEADER = 4;
    /** Holds the largest field of union bpf_attr that is used here; the kernel wants the rest to be zero. */
    private static final int ATTRIBUTES = 128;
    private static final int LOG = 1 << 20;
    private static final int LOG_SHOWN = 4000;
    private static final int SYS_BPF = System.getProperty("os.arch").toLowerCase(Locale.ROOT).equals("aarch64")
            ? 280
            : 321;
    private static final MethodHandle SYSCALL = Native.variadic("syscall",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT), 1);

    private Bpf() {
    }

    public enum ProgramType {
        /** Attached to a socket: how many bytes of a frame it gets; 0: none. */
        SOCKET_FILTER(1, 0),
        /** Attached at clsact: a TC_ACT_ value. */
        SCHED_CLS(3, 0),
        /** Attached to an interface's driver: an XDP_ value. */
        XDP(6, 0),
        /** The same for frames that stand in several pieces, too (BPF_F_XDP_HAS_FRAGS, Linux 5.18). */
        XDP_IN_PIECES(6, 1 << 5);

        private final int number;
        private final int flags;

        ProgramType(int number, int flags) {
            this.number = number;
            this.flags = flags;
        }
    }

    /** A map with keys and values of fixed length. Any thread may use it. */
    public static final class Map implements AutoCloseable {
        private final int descriptor;
        private final String name;
        private final int valueLength;

        private Map(int type, String name, int keyLength, int valueLength, int entries, int flags)
                throws SystemException {
            this.name = name;
            this.valueLength = valueLength;
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment attributes = arena.allocate(ATTRIBUTES, 8);
                attributes.set(INT, 0, type);
                attributes.set(INT, 4, keyLength);
                attributes.set(INT, 8, valueLength);
                attributes.set(INT, 12, entries);
                attributes.set(INT, 16, flags);
                name(attributes, 28, name);
                descriptor = bpf(MAP_CREATE, attributes, "bpf: create map " + name);
            }
        }

        /**
         * @param name    as bpftool shows it, at most 15 characters
         * @param entries how many it holds at most; memory is taken as they come
         */
        public static Map hash(String name, int keyLength, int valueLength, int entries) throws SystemException {
            return new Map(MAP_TYPE_HASH, name, keyLength, valueLength, entries, NO_PREALLOCATION);
        }

        /** Values of {@code longs} machine words each, by number from 0 on; all are there from the start, and zero. */
        public static Map array(String name, int longs, int entries) throws SystemException {
            return new Map(MAP_TYPE_ARRAY, name, 4, Long.BYTES * longs, entries, 0);
        }

        /**
         * Finds the longest prefix of what is looked up. A key is {@link #prefix}.
         *
         * @param dataLength of a key without its number of bits
         */
        public static Map prefixes(String name, int dataLength, int valueLength, int entries) throws SystemException {
            return new Map(MAP_TYPE_LPM_TRIE, name, PREFIX_HEADER + dataLength, valueLength, entries,
                    NO_PREALLOCATION);
        }

        /** AF_XDP sockets by the number of a receive queue (BPF_MAP_TYPE_XSKMAP); one that is closed is taken out. */
        public static Map xdpSockets(String name, int queues) throws SystemException {
            return new Map(MAP_TYPE_XSKMAP, name, 4, 4, queues, 0);
        }

        public void put(int key, int value) throws SystemException {
            put(bytes(key), bytes(value));
        }

        /** Sets the value of an {@link #array}, all its words. */
        public void set(int key, long... value) throws SystemException {
            byte[] bytes = new byte[valueLength];
            MemorySegment.copy(value, 0, MemorySegment.ofArray(bytes), LONG, 0, value.length);
            put(bytes(key), bytes);
        }

        /** The value of an {@link #array}. */
        public long[] get(int key) throws SystemException {
            byte[] value = new byte[valueLength];
            call(MAP_LOOKUP, bytes(key), value, "look up in");
            return MemorySegment.ofArray(value).toArray(LONG);
        }

        private static byte[] bytes(int value) {
            byte[] bytes = new byte[4];
            MemorySegment.ofArray(bytes).set(INT, 0, value);
            return bytes;
        }

        /** struct bpf_lpm_trie_key: 0 number of bits (32, in the machine's order), 4 data. */
        public static byte[] prefix(int bits, byte[] data) {
            byte[] key = new byte[PREFIX_HEADER + data.length];
            MemorySegment.ofArray(key).set(INT, 0, bits);
            System.arraycopy(data, 0, key, PREFIX_HEADER, data.length);
            return key;
        }

        public int descriptor() {
            return descriptor;
        }

        public void put(byte[] key, byte[] value) throws SystemException {
            call(MAP_UPDATE, key, value, "put into");
        }

        /** Whether the key was there. */
        public boolean remove(byte[] key) throws SystemException {
            return found(() -> call(MAP_DELETE, key, new byte[0], "delete from"));
        }

        public boolean contains(byte[] key) throws SystemException {
            return found(() -> call(MAP_LOOKUP, key, new byte[valueLength], "look up in"));
        }

        private interface Action {
            void run() throws SystemException;
        }

        private static boolean found(Action action) throws SystemException {
            try {
                action.run();
                return true;
            } catch (SystemException e) {
                if (e.errno() == SystemException.ENOENT) {
                    return false;
                }
                throw e;
            }
        }

        private void call(int command, byte[] key, byte[] value, String verb) throws SystemException {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment attributes = arena.allocate(ATTRIBUTES, 8);
                attributes.set(INT, 0, descriptor);
                attributes.set(LONG, 8, copy(arena, key).address());
                MemorySegment copy = copy(arena, value);
                if (value.length > 0) {
                    attributes.set(LONG, 16, copy.address());
                }
                bpf(command, attributes, "bpf: " + verb + " map " + name);
                MemorySegment.copy(copy, JAVA_BYTE, 0, value, 0, value.length);
            }
        }

        @Override
        public void close() {
            Descriptors.close(descriptor);
        }
    }

    /** A loaded program. It lives on in the kernel while it is attached anywhere. */
    public static final class Program implements AutoCloseable {
        private final int descriptor;

        /**
         * @param name         as bpftool shows it, at most 15 characters
         * @param instructions of {@link BpfAssembler#assemble}
         * @throws IOException with the end of the verifier's log where it refuses
         */
        public Program(ProgramType type, String name, byte[] instructions) throws IOException {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment attributes = arena.allocate(ATTRIBUTES, 8);
                attributes.set(INT, 0, type.number);
                attributes.set(INT, 4, instructions.length / 8);
                attributes.set(LONG, 8, copy(arena, instructions).address());
                attributes.set(LONG, 16, arena.allocateFrom("Apache-2.0").address());
                attributes.set(INT, 44, type.flags);
                name(attributes, 48, name);
                descriptor = load(arena, attributes, name);
            }
        }

        private Program(int descriptor) {
            this.descriptor = descriptor;
        }

        /** One that another process has loaded, and holds. */
        public static Program byId(int id) throws SystemException {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment attributes = arena.allocate(ATTRIBUTES, 8);
                attributes.set(INT, 0, id);
                return new Program(bpf(PROG_GET_FD_BY_ID, attributes, "bpf: get program " + id));
            }
        }

        /** The number by which other processes find it. */
        public int id() throws SystemException {
            try (Arena arena = Arena.ofConfined()) {
                // struct bpf_prog_info begins with type (32) and id (32); the kernel fills as much as it is given.
                MemorySegment information = arena.allocate(ATTRIBUTES, 8);
                MemorySegment attributes = arena.allocate(ATTRIBUTES, 8);
                attributes.set(INT, 0, descriptor);
                attributes.set(INT, 4, 8);
                attributes.set(LONG, 8, information.address());
                bpf(OBJ_GET_INFO_BY_FD, attributes, "bpf: ask a program's number");
                return information.get(INT, 4);
            }
        }

        /** Asks for the verifier's log only after a refusal: a log that does not fit would be one more reason for it. */
        private static int load(Arena arena, MemorySegment attributes, String name) throws IOException {
            try {
                return bpf(PROG_LOAD, attributes, "bpf: load program " + name);
            } catch (SystemException refused) {
                MemorySegment log = arena.allocate(LOG, 8);
                attributes.set(INT, 24, 1);
                attributes.set(INT, 28, LOG);
                attributes.set(LONG, 32, log.address());
                try {
                    return bpf(PROG_LOAD, attributes, "bpf: load program " + name);
                } catch (SystemException again) {
                    String text = log.getString(0).strip();
                    if (text.isEmpty()) {
                        throw again;
                    }
                    throw new IOException(again.getMessage() + "; the verifier says:\n"
                            + text.substring(Math.max(0, text.length() - LOG_SHOWN)), refused);
                }
            }
        }

        public int descriptor() {
            return descriptor;
        }

        /**
         * Runs the program once over a frame, as no interface would (BPF_PROG_TEST_RUN).
         *
         * @param mark what skb->mark is
         * @return what the program returned
         */
        public int testRun(byte[] frame, int mark) throws SystemException {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment context = arena.allocate(192, 8);
                context.set(INT, 8, mark);
                return testRun(arena, frame, context);
            }
        }

        /**
         * The same for a program of type XDP, to which a frame has no mark.
         *
         * @param frame is as the program left it, afterwards; it must not become longer
         */
        public int testRun(byte[] frame) throws SystemException {
            try (Arena arena = Arena.ofConfined()) {
                return testRun(arena, frame, MemorySegment.NULL);
            }
        }

        /**
         * Runs an XDP program over frames that the kernel makes, and does with each what the program says, as if an interface
         * had received it (BPF_F_TEST_XDP_LIVE_FRAMES): a redirected one is sent. Frames are used again as they come back, with
         * whatever was written to them. Occupies the calling thread until it is done or the process gets a signal.
         *
         * @param length of a frame, in bytes
         * @param times  how often it runs
         */
        public void runLive(int length, int times) throws SystemException {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment attributes = arena.allocate(ATTRIBUTES, 8);
                attributes.set(INT, 0, descriptor);
                attributes.set(INT, 8, length);
                attributes.set(LONG, 16, arena.allocate(length, 8).address());
                attributes.set(INT, 32, times);
                attributes.set(INT, 64, TEST_RUN_LIVE_FRAMES);
                bpf(PROG_TEST_RUN, attributes, "bpf: run with live frames");
            }
        }

        private int testRun(Arena arena, byte[] frame, MemorySegment context) throws SystemException {
            MemorySegment attributes = arena.allocate(ATTRIBUTES, 8);
            MemorySegment memory = copy(arena, frame);
            attributes.set(INT, 0, descriptor);
            attributes.set(INT, 8, frame.length);
            attributes.set(INT, 12, frame.length);
            attributes.set(LONG, 16, memory.address());
            attributes.set(LONG, 24, memory.address());
            attributes.set(INT, 32, 1);
            attributes.set(INT, 40, (int) context.byteSize());
            attributes.set(LONG, 48, context.address());
            bpf(PROG_TEST_RUN, attributes, "bpf: test run");
            MemorySegment.copy(memory, JAVA_BYTE, 0, frame, 0, frame.length);
            return attributes.get(INT, 4);
        }

        @Override
        public void close() {
            Descriptors.close(descriptor);
        }
    }

    /** A program at work on an interface, until this is closed or its process ends, however that ends. */
    public static final class XdpLink implements AutoCloseable {
        private final int descriptor;

        /**
         * @param generic as an skb passes, in the kernel's common code, rather than in the interface's driver
         * @throws SystemException EBUSY or EEXIST where a program is there already
         */
        public XdpLink(Program program, int interfaceIndex, boolean generic) throws SystemException {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment attributes = arena.allocate(ATTRIBUTES, 8);
                attributes.set(INT, 0, program.descriptor);
                attributes.set(INT, 4, interfaceIndex);
                attributes.set(INT, 8, ATTACH_XDP);
                attributes.set(INT, 12, generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);
                descriptor = Descriptors.raise(bpf(LINK_CREATE, attributes, "bpf: attach XDP program"),
                        Descriptors.BEFORE_SOCKETS);
            }
        }

        @Override
        public void close() {
            Descriptors.close(descriptor);
        }
    }

    private static MemorySegment copy(Arena arena, byte[] bytes) {
        MemorySegment segment = arena.allocate(Math.max(8, bytes.length), 8);
        MemorySegment.copy(bytes, 0, segment, JAVA_BYTE, 0, bytes.length);
        return segment;
    }

    private static void name(MemorySegment attributes, int offset, String name) {
        byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
        MemorySegment.copy(bytes, 0, attributes, JAVA_BYTE, offset, Math.min(15, bytes.length));
    }

    private static int bpf(int command, MemorySegment attributes, String what) throws SystemException {
        return SystemCall.check(what,
                state -> (int) (long) SYSCALL.invokeExact(state, (long) SYS_BPF, command, attributes, ATTRIBUTES));
    }
}
