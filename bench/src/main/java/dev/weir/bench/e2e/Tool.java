package dev.weir.bench.e2e;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A program or file that must be there.
 *
 * @param name        a command, or the path of a file
 * @param debianPackage which brings it
 */
record Tool(String name, String debianPackage) {
    static final Tool NFT = new Tool("nft", "nftables");
    static final Tool HAPROXY = new Tool("haproxy", "haproxy");
    static final Tool NGINX = new Tool("nginx", "nginx-light");
    static final Tool NGINX_STREAM = new Tool("/usr/lib/nginx/modules/ngx_stream_module.so", "libnginx-mod-stream");
    static final Tool IPERF3 = new Tool("iperf3", "iperf3");
    static final Tool WRK = new Tool("wrk", "wrk");
    static final List<Tool> ALWAYS = List.of(new Tool("ip", "iproute2"), new Tool("ethtool", "ethtool"),
            new Tool("taskset", "util-linux"), new Tool("setpriv", "util-linux"), new Tool("sysctl", "procps"));
    private static final List<String> FOLDERS = List.of("/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin",
            "/usr/local/bin");

    boolean isThere() {
        return name.startsWith("/")
                ? Files.exists(Path.of(name))
                : FOLDERS.stream().anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    }
}
