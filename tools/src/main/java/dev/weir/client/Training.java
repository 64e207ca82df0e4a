package dev.weir.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** One call of the client against a server that knows one answer: what the JVM's ahead-of-time cache is made from. */
final class Training {
    private Training() {
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("weir-training");
        Path path = folder.resolve("lbd.sock");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path));
            Thread answering = new Thread(() -> answer(server));
            answering.start();
            PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
            new Main(nowhere, nowhere).run(List.of("ipvsadm", "-L", "-n"), path, InputStream.nullInputStream());
            answering.join();
        } finally {
            Files.deleteIfExists(path);
            Files.delete(folder);
        }
    }

    private static void answer(ServerSocketChannel server) {
        try (SocketChannel client = server.accept()) {
            if (client.read(ByteBuffer.allocate(1024)) > 0) {
                client.write(ControlMessage.encode(new ControlMessage.Answer(0, "an answer\n", "")));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
