package dev.weir.client;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * ipvsadm, lb-ctl and their like: words and standard input go to the daemon, its answer is passed on. Text is put together
 * by StringBuilder, since the first string concatenation by "+" in a JVM costs milliseconds.
 */
public final class Main {
    /** Where the daemon listens unless told otherwise. */
    public static final String DEFAULT_CONTROL = "/run/weir/lbd.sock";
    /** ipvsadm's status where the kernel has no IPVS. */
    private static final int NO_DIRECTOR = 2;

    private final PrintStream out;
    private final PrintStream err;

    Main(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    /** @param words the tool's name, then its arguments */
    public static void main(String[] words) {
        String control = System.getenv("WEIR_CONTROL");
        int exit = new Main(System.out, System.err).run(List.of(words),
                Path.of(control == null || control.isEmpty() ? DEFAULT_CONTROL : control), System.in);
        System.out.flush();
        // halt: nothing waits at exit, and the JVM's shutdown sequence takes a thread and a millisecond.
        Runtime.getRuntime().halt(exit);
    }

    int run(List<String> words, Path control, InputStream stdin) {
        String tool = words.isEmpty() ? "weir" : words.getFirst();
        try {
            byte[] input = readsStdin(words) ? stdin.readNBytes(ControlMessage.MAX_REQUEST + 1) : new byte[0];
            ControlMessage.Request request = new ControlMessage.Request(words,
                    new String(input, StandardCharsets.UTF_8));
            if (ControlMessage.encode(request).remaining() > ControlMessage.MAX_REQUEST) {
                return fail(tool, "arguments and standard input are more than 4 MiB; divide them", null);
            }
            ControlMessage.Answer answer = ask(control, request);
            write(out, answer.stdout());
            write(err, answer.stderr());
            return answer.exit();
        } catch (EOFException e) {
            return fail(tool, "the director ended the connection without an answer; its log says why", null);
        } catch (IOException e) {
            return refused(tool, control, e);
        } catch (ControlMessage.MalformedException e) {
            return fail(tool, "not a director that answers at ", control);
        }
    }

    private static boolean readsStdin(List<String> words) {
        if (words.size() < 2) {
            return false;
        }
        String command = words.get(1);
        return switch (words.get(0)) {
            case "ipvsadm" -> command.equals("--restore") || command.startsWith("-R");
            case "lb-mark" -> words.contains("--restore");
            case "lb-sysctl" -> command.equals("-p");
            default -> false;
        };
    }

    /**
     * Asks a daemon, and waits for its answer.
     *
     * @param control its control socket
     * @throws IOException where no daemon answers there
     */
    public static ControlMessage.Answer ask(Path control, ControlMessage.Request message)
            throws IOException, ControlMessage.MalformedException {
        ByteBuffer request = ControlMessage.encode(message);
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(control));
            try {
                while (request.hasRemaining()) {
                    channel.write(request);
                }
            } catch (IOException e) {
                // A daemon that will not have the request may answer before it has read it all, and closes.
                return ControlMessage.decodeAnswer(body(channel));
            }
            return ControlMessage.decodeAnswer(body(channel));
        }
    }

    private static ByteBuffer body(SocketChannel channel) throws IOException, ControlMessage.MalformedException {
        int length = full(channel, ByteBuffer.allocate(4)).getInt();
        if (length < 0) {
            throw new ControlMessage.MalformedException("a negative length");
        }
        return full(channel, ByteBuffer.allocate(length));
    }

    private static ByteBuffer full(SocketChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException();
            }
        }
        return buffer.flip();
    }

    private int refused(String tool, Path control, IOException problem) {
        String text = String.valueOf(problem.getMessage());
        if (text.startsWith("Permission denied")) {
            return fail(tool, "Permission denied (you must be root): ", control);
        }
        if (text.startsWith("No such file") || text.startsWith("Connection refused")) {
            fail(tool, "no director answers at ", control);
            err.println("Start one with tools/lbd (as root), or name its control socket: WEIR_CONTROL=PATH");
            return NO_DIRECTOR;
        }
        err.print(tool);
        err.print(": ");
        err.println(text);
        return fail(tool, "while asking the director at ", control);
    }

    private int fail(String tool, String problem, @Nullable Path control) {
        err.print(tool);
        err.print(": ");
        err.print(problem);
        err.println(control == null ? "" : control.toString());
        return NO_DIRECTOR;
    }

    private static void write(PrintStream stream, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        stream.write(bytes, 0, bytes.length);
        stream.flush();
    }
}
