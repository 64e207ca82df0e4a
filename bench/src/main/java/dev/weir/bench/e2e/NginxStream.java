package dev.weir.bench.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** nginx as a TCP proxy (its stream module), one worker. */
record NginxStream() implements Contender {
    @Override
    public String name() {
        return "nginx-stream";
    }

    @Override
    public List<Tool> tools() {
        return List.of(Tool.NGINX, Tool.NGINX_STREAM);
    }

    @Override
    public Director start(Lab lab) throws IOException {
        Path file = Files.writeString(lab.folder().resolve("stream.conf"), configuration(lab.folder()));
        Process process = lab.start(Lab.Role.DIRECTOR, "stream", lab.placed(List.of("nginx", "-p",
                lab.folder().toString(), "-e", "stderr", "-c", file.toString())));
        Listening.await(lab, process, "stream", TCP_PORTS);
        return () -> Shell.stop(process, Duration.ofSeconds(2));
    }

    private static String configuration(Path folder) {
        StringBuilder text = new StringBuilder("""
                load_module %s;
                daemon off;
                user root;
                pid %s/stream.pid;
                worker_processes 1;
                worker_rlimit_nofile 16384;
                events { worker_connections 6000; }
                stream {
                    access_log off;
                    proxy_buffer_size 64k;
                """.formatted(Tool.NGINX_STREAM.name(), folder));
        for (int port : TCP_PORTS) {
            text.append("    server { listen ").append(Lab.VIP).append(':').append(port)
                    .append(" backlog=4096; proxy_pass ")
                    .append(Lab.SERVERS.getFirst()).append(':').append(port).append("; }\n");
        }
        return text.append("}\n").toString();
    }
}
