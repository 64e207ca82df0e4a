package dev.weir.bench.e2e;

import dev.weir.sys.Bpf;
import dev.weir.sys.SystemException;
import java.io.IOException;

/**
 * {@code Flood PROGRAM}: a process that has the kernel run the XDP program of that number over live frames until its
 * standard input ends or it is killed; only a signal ends the kernel's loop, hence a process of its own.
 */
final class Flood {
    private static final int TIMES = Integer.MAX_VALUE;

    private Flood() {
    }

    public static void main(String[] arguments) throws IOException {
        Bpf.Program program = Bpf.Program.byId(Integer.parseInt(arguments[0]));
        Thread.ofPlatform().daemon().start(() -> run(program));
        while (System.in.read() >= 0) {
            // Nothing is said on it; its end is the end.
        }
        Runtime.getRuntime().halt(0);
    }

    private static void run(Bpf.Program program) {
        try {
            while (true) {
                program.runLive(FloodFrame.LENGTH, TIMES);
            }
        } catch (SystemException e) {
            System.err.println(e.getMessage());
            Runtime.getRuntime().halt(1);
        }
    }
}
