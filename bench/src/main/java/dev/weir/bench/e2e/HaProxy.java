package dev.weir.bench.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** HAProxy in TCP mode with one thread: it ends each connection and begins another to the server. */
record HaProxy() implements Contender {
    @Override
    public String name() {
        return "haproxy";
    }

    @Override
    public List<Tool> tools() {
        return List.of(Tool.HAPROXY);
    }

    @Override
    public Director start(Lab lab) throws IOException {
        Path file = Files.writeString(lab.folder().resolve("haproxy.cfg"), configuration());
        Process process = lab.start(Lab.Role.DIRECTOR, "haproxy", lab.placed(List.of("haproxy", "-db", "-f",
                file.toString())));
        Listening.await(lab, process, "haproxy", TCP_PORTS);
        return () -> Shell.stop(process, Duration.ofSeconds(2));
    }

    private static String configuration() {
        StringBuilder text = new StringBuilder("""
                global
                    nbthread 1
                    maxconn 6000
                    tune.bufsize 65536
                defaults
                    mode tcp
                    timeout connect 5s
                    timeout client 30s
                    timeout server 30s
                """);
        for (int port : TCP_PORTS) {
            text.append("listen port").append(port).append("\n    bind ").append(Lab.VIP).append(':').append(port)
                    .append("\n    server first ").append(Lab.SERVERS.getFirst()).append(':').append(port).append('\n');
        }
        return text.toString();
    }
}
