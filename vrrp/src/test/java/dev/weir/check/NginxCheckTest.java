package dev.weir.check;

import static dev.weir.check.HttpCheckTest.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.conf.Definitions.Ssl;
import dev.weir.conf.HealthCheck.Http;
import dev.weir.conf.HealthCheck.Regex;
import dev.weir.conf.HealthCheck.Url;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** HTTP_GET and SSL_GET ask nginx, with and without TLS. */
@Timeout(60)
class NginxCheckTest {
    /** MD5 of "It works.\n". */
    private static final String DIGEST = "7d46e747b9f2e107fd01e8cfa4e9de63";
    private static final String NGINX = """
            daemon off;
            pid FOLDER/pid;
            error_log FOLDER/error.log;
            events { worker_connections 64; }
            http {
              access_log off;
              client_body_temp_path FOLDER/b; proxy_temp_path FOLDER/p; fastcgi_temp_path FOLDER/f;
              uwsgi_temp_path FOLDER/u; scgi_temp_path FOLDER/s;
              server {
                listen 127.0.0.1:PLAIN;
                location = / { return 200 "It works.\\n"; }
                location = /gone { return 410; }
                location = /busy { return 503; }
              }
              server {
                listen 127.0.0.1:TLS ssl default_server;
                ssl_certificate FOLDER/own.crt; ssl_certificate_key FOLDER/own.key;
                location = / { return 200 "It works.\\n"; }
              }
              server {
                listen 127.0.0.1:TLS ssl;
                server_name www.example.org;
                ssl_certificate FOLDER/own.crt; ssl_certificate_key FOLDER/own.key;
                location = / { return 200 "by name: $ssl_server_name\\n"; }
              }
              server {
                listen 127.0.0.1:KNOWN ssl;
                ssl_certificate FOLDER/own.crt; ssl_certificate_key FOLDER/own.key;
                ssl_verify_client optional_no_ca;
                location = / { return 200 "client $ssl_client_s_dn\\n"; }
              }
              server {
                listen 127.0.0.1:OLD ssl;
                ssl_certificate FOLDER/own.crt; ssl_certificate_key FOLDER/own.key;
                ssl_protocols TLSv1.2;
                location = / { return 200 "It works.\\n"; }
              }
            }
            """;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path folder;
    @SuppressWarnings("NullAway.Init")
    private static Process nginx;
    private static int plain;
    private static int tls;
    private static int known;
    private static int old;

    @BeforeAll
    static void start() throws Exception {
        boolean there = Files.isExecutable(Path.of("/usr/sbin/nginx"))
                && Files.isExecutable(Path.of("/usr/bin/openssl"));
        if ("true".equals(System.getenv("CI"))) {
            assertThat(there).as("nginx and openssl are installed").isTrue();
        }
        assumeTrue(there, "needs nginx and openssl: apt-get install nginx-light openssl");
        shell("openssl req -x509 -newkey rsa:2048 -nodes -keyout own.key -out own.crt -days 9 -subj /CN=nobody.example");
        plain = freePort();
        tls = freePort();
        known = freePort();
        old = freePort();
        Path file = Files.writeString(folder.resolve("nginx.conf"), NGINX.replace("FOLDER", folder.toString())
                .replace("PLAIN", Integer.toString(plain)).replace(":TLS", ":" + tls).replace("KNOWN", "" + known)
                .replace("OLD", "" + old));
        nginx = new ProcessBuilder("/usr/sbin/nginx", "-c", file.toString(), "-e", folder + "/error.log")
                .redirectErrorStream(true).redirectOutput(folder.resolve("out").toFile()).start();
        awaitPort();
    }

    private static void awaitPort() throws Exception {
        for (int i = 0; i < 500; i++) {
            try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), old)) {
                return;
            } catch (IOException e) {
                assertThat(nginx.isAlive()).as(Files.readString(folder.resolve("out"))).isTrue();
                Thread.sleep(20);
            }
        }
    }

    @AfterAll
    static void stop() throws InterruptedException {
        if (nginx != null) {
            nginx.destroy();
            nginx.waitFor();
        }
    }

    private static void shell(String command) throws Exception {
        Process process = new ProcessBuilder("sh", "-ec", "cd " + folder + "; " + command).redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static Outcome ask(int port, Http http, @Nullable Tls tls) throws InterruptedException {
        try (HttpCheck check = HttpCheckTest.check(port, LONG, http, tls)) {
            return check.ask(true);
        }
    }

    private static Tls anybody() {
        return new Tls(new Ssl(null, null, null, null));
    }

    private static Url digest(String digest) {
        return new Url("/", digest, List.of(), null, null);
    }

    private static Url regex(String pattern) {
        return new Url("/", null, List.of(), null, new Regex(pattern, List.of(), false, 0, -1));
    }

    @Test
    void statusAndDigestDecide() throws Exception {
        assertThat(ask(plain, HttpCheckTest.http(false, digest(DIGEST)), null)).isInstanceOf(Outcome.Success.class);
        assertThat(ask(plain, HttpCheckTest.http(false, digest("0".repeat(32))), null).detail())
                .isEqualTo("digest " + DIGEST + ", wanted " + "0".repeat(32) + " (/)");
        assertThat(ask(plain, HttpCheckTest.http(false, HttpCheckTest.url("/busy")), null).detail())
                .isEqualTo("status 503, wanted 200-299 (/busy)");
        Url gone = new Url("/gone", null, List.of("200", "400-450"), null, null);
        assertThat(ask(plain, HttpCheckTest.http(false, gone), null)).isInstanceOf(Outcome.Success.class);
    }

    @Test
    void everyVersionOfHttpIsAnswered() throws Exception {
        for (String version : List.of("1.0", "1.0C", "1.1")) {
            Http http = new Http(List.of(digest(DIGEST)), true, null, false, version, false);
            assertThat(ask(tls, http, anybody())).as(version).isInstanceOf(Outcome.Success.class);
        }
    }

    @Test
    void whoHasACertificateOfNobodyKnownIsAskedAllTheSame() throws Exception {
        assertThat(ask(tls, HttpCheckTest.http(true, digest(DIGEST)), anybody())).isInstanceOf(Outcome.Success.class);
        assertThat(ask(old, HttpCheckTest.http(true, digest(DIGEST)), anybody())).isInstanceOf(Outcome.Success.class);
        assertThat(ask(plain, HttpCheckTest.http(true, digest(DIGEST)), anybody()).detail())
                .startsWith("TLS handshake failed");
    }

    @Test
    void theNameIsToldWhereEnableSniSaysSo() throws Exception {
        for (boolean told : List.of(true, false)) {
            Http http = new Http(List.of(regex("^by name: " + (told ? "www" : "\n"))), true, "www.example.org", told,
                    "1.1",
                    false);
            assertThat(ask(tls, http, anybody())).as("told: " + told).isInstanceOf(Outcome.Success.class);
        }
        Http strange = new Http(List.of(digest(DIGEST)), true, "no_host.name:80", true, "1.0", false);
        assertThat(ask(tls, strange, anybody())).isInstanceOf(Outcome.Success.class);
    }

    @Test
    void theSslBlocksCertificateIsShownWhateverFormItsKeyHas() throws Exception {
        shell("""
                openssl req -x509 -newkey rsa:2048 -nodes -keyout rsa.key -out rsa.crt -days 9 -subj /CN=me
                openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ec.key -out ec.crt -days 9 \
                    -subj /CN=me
                openssl rsa -in rsa.key -traditional -out rsa-old.key
                openssl ec -in ec.key -out ec-old.key
                openssl pkcs8 -topk8 -in rsa.key -passout pass:secret -out rsa-secret.key
                openssl rsa -in rsa.key -traditional -aes128 -passout pass:secret -out rsa-old-secret.key""");
        for (String key : List.of("rsa.key", "rsa-old.key", "ec.key", "ec-old.key", "rsa-secret.key")) {
            Ssl ssl = new Ssl("secret", folder + "/own.crt", folder + "/" + key.replaceAll("-.*|.key", "") + ".crt",
                    folder + "/" + key);
            assertThat(ask(known, HttpCheckTest.http(true, regex("^client CN=me")), new Tls(ssl))).as(key)
                    .isInstanceOf(Outcome.Success.class);
        }
        assertThat(ask(known, HttpCheckTest.http(true, regex("^client \n")), anybody()))
                .isInstanceOf(Outcome.Success.class);
        Ssl encrypted = new Ssl("secret", null, folder + "/rsa.crt", folder + "/rsa-old-secret.key");
        assertThat(ask(known, HttpCheckTest.http(true, HttpCheckTest.url("/")), new Tls(encrypted)).detail())
                .contains("write it anew: openssl pkcs8 -topk8");
        Ssl wrong = new Ssl("wrong", null, folder + "/rsa.crt", folder + "/rsa-secret.key");
        assertThat(ask(known, HttpCheckTest.http(true, HttpCheckTest.url("/")), new Tls(wrong)).detail())
                .contains("cannot be used: is its password right?");
        Ssl missing = new Ssl(null, folder + "/none.crt", null, null);
        assertThat(ask(known, HttpCheckTest.http(true, HttpCheckTest.url("/")), new Tls(missing)).detail())
                .contains("none.crt");
    }
}
