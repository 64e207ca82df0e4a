package dev.weir.vrrp.address;

import dev.weir.conf.VirtualAddress;
import dev.weir.conf.VrrpInstance;
import dev.weir.sys.Guardian.By;
import dev.weir.vrrp.address.UndoLog.Undo;
import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * no_accept and strict mode: a master that is not the address owner has the virtual addresses, and takes no packets for
 * them (RFC 9568 section 6.1, Accept_Mode). A table of nftables drops them. It stands whoever is master: a host that does
 * not have an address gets no packets for it anyway, so nothing is left to do at a failover. What the dataplane balances
 * never comes this way.
 */
final class Barred implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Barred.class);
    private static final String TABLE = "inet weir_vrrp";
    private static final Undo UNDO = new Undo(By.NFT, "delete table " + TABLE);

    private final UndoLog undo;
    private String rules = "";

    /** Says on which interface an instance's address is. */
    interface Placement {
        String deviceOf(VrrpInstance instance, VirtualAddress address);
    }

    Barred(UndoLog undo) {
        this.undo = undo;
    }

    void configure(Collection<VrrpInstance> instances, Placement placement) {
        String wanted = instances.stream().filter(instance -> !instance.accept() && instance.priority() != 255)
                .flatMap(instance -> Stream.concat(instance.addresses().stream(), instance.excluded().stream())
                        .map(address -> drop(address.address(), placement.deviceOf(instance, address))))
                .collect(Collectors.joining());
        if (wanted.equals(rules)) {
            return;
        }
        String before = "table " + TABLE + " {}\ndelete table " + TABLE + "\n";
        try {
            if (!wanted.isEmpty()) {
                undo.willDo(UNDO);
            }
            nft(wanted.isEmpty() ? before : before + table(wanted));
            rules = wanted;
            if (wanted.isEmpty()) {
                undo.undone(UNDO);
            }
        } catch (IOException e) {
            LOG.warn("no_accept has no effect: this host will answer at its virtual addresses. {}", e.getMessage());
        }
    }

    /** Neighbours are answered all the same: else nobody could send to the address what is forwarded. */
    private static String table(String rules) {
        String neighbours = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n";
        String in = rules.replace("WAY", "daddr").replace("NAME", "iifname");
        String out = rules.replace("WAY", "saddr").replace("NAME", "oifname");
        return "table " + TABLE + " {\nchain in { type filter hook input priority -1;\n" + neighbours + in
                + "}\nchain out { type filter hook output priority -1;\n" + neighbours + out + "}\n}\n";
    }

    private static String drop(IpAddress address, String device) {
        return (address.isV4() ? "ip" : "ip6") + " WAY " + address
                + (address.isLinkLocal() ? " NAME \"" + device + "\"" : "")
                + " drop\n";
    }

    private static void nft(String commands) throws IOException {
        Process process;
        try {
            process = new ProcessBuilder(List.of("nft", "-f", "-")).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new IOException("nft cannot be run; install the package nftables (" + e.getMessage() + ")", e);
        }
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(commands.getBytes(StandardCharsets.UTF_8));
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        try {
            if (process.waitFor() != 0) {
                throw new IOException("nft says: " + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while nft ran", e);
        }
    }

    @Override
    public void close() {
        configure(List.of(), (_, _) -> "");
    }
}
