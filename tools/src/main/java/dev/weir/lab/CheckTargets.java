package dev.weir.lab;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;

/**
 * Servers to be checked, at any address of this host: on port 8001 they answer, on 8004 they reset each connection. Nobody
 * listens on 8002; that nothing comes back from 8003 is the packet filter's.
 */
public final class CheckTargets {
    static final int ANSWERS = 8001;
    static final int REFUSES = 8002;
    static final int HANGS = 8003;
    static final int RESETS = 8004;
    private static final int BACKLOG = 4096;

    private CheckTargets() {
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        serve(ANSWERS, false);
        serve(RESETS, true);
        System.out.println("ready");
        new CountDownLatch(1).await();
    }

    private static void serve(int port, boolean reset) throws IOException {
        ServerSocket server = new ServerSocket(port, BACKLOG);
        Thread.ofPlatform().name("port " + port).start(() -> {
            while (true) {
                try (Socket client = server.accept()) {
                    if (reset) {
                        client.setSoLinger(true, 0);
                    }
                } catch (IOException e) {
                    // The client was faster.
                }
            }
        });
    }
}
