package dev.weir.lvs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.Configuration;
import dev.weir.conf.KeepalivedConf;
import dev.weir.conf.LocalHost;
import dev.weir.notify.Fifos;
import dev.weir.notify.ScriptRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What scripts and FIFOs are told of servers, with scripts and FIFOs that are real. */
@Timeout(30)
class TellerTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @Test
    void scriptsAndFifosAreToldInKeepalivedsWords() throws IOException, InterruptedException {
        Path script = Files.writeString(folder.resolve("n.sh"), "#!/bin/sh\necho \"$@\" >>" + folder + "/told\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        String fifo = folder + "/fifo";
        Configuration configuration = KeepalivedConf.read("global_defs {\nscript_user "
                + System.getProperty("user.name") + "\nlvs_notify_fifo " + fifo + "\n}\n"
                + "virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\nquorum_up \"" + script
                + " quorum up\"\nquorum_down \"" + script + " quorum down\"\nreal_server 10.0.1.1 8080 {\nnotify_up \""
                + script + " up\"\nnotify_down \"" + script + " down\"\n}\n}\n", "c", folder,
                LocalHost.surroundings()).configuration();
        assertThat(new ProcessBuilder("mkfifo", fifo).start().waitFor()).isZero();
        Process reader = new ProcessBuilder("cat", fifo).redirectOutput(folder.resolve("lines").toFile()).start();
        VirtualServers servers = new VirtualServers();
        try (ScriptRunner runner = new ScriptRunner();
                Fifos fifos = new Fifos(runner);
                Teller teller = new Teller(runner, fifos)) {
            teller.configure(configuration);
            servers.configure(configuration, Moment.now());
            servers.configure(KeepalivedConf.read("", "c", folder, LocalHost.surroundings()).configuration(),
                    Moment.now());
            servers.step(Moment.now()).notices().forEach(teller::tell);
        }
        assertThat(reader.waitFor()).isZero();
        assertThat(folder.resolve("lines")).hasContent("""
                VS [10.0.0.1]:tcp:80 UP
                RS [10.0.1.1]:tcp:8080 [10.0.0.1]:tcp:80 DOWN
                VS [10.0.0.1]:tcp:80 DOWN
                """);
        assertThat(Files.readAllLines(folder.resolve("told"))).containsExactlyInAnyOrder("quorum up", "down",
                "quorum down");
    }
}
