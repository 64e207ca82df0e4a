package dev.weir.conf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of the slips that people make: file, line, what is wrong, and the word that was meant. */
class MessageTest {
    private static List<String> messages(String text) {
        return TestHost.read(text).problems().stream().map(Object::toString).toList();
    }

    private static String instance(String line) {
        return "vrrp_instance V {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1\n}\n" + line
                + "\n}\n";
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
            "notify_bakcup /x | 'notify_bakcup' is unknown in vrrp_instance; did you mean 'notify_backup'?",
            "virutal_ipaddress | 'virutal_ipaddress' is unknown in vrrp_instance; did you mean 'virtual_ipaddress'?",
            "delay_loop 6 | 'delay_loop' is unknown in vrrp_instance; it belongs to virtual_server",
            "state MASTRE | state: 'MASTRE' is not one of MASTER, BACKUP; did you mean 'MASTER'?",
            "priority 300 | priority: '300' is not within 1 to 255",
            "priority | priority needs an argument; it is priority NUMBER (1 to 255)",
            "interface eth9 | there is no interface 'eth9' here; dynamic_interfaces in global_defs lets it come later",
            "//remark | '//remark' is unknown in vrrp_instance; '//remark' is no comment: comments begin with # or !",
            "priority //90 | priority: '//90' is no comment: comments begin with # or !",
            "nopreempt //x | warning: nopreempt: '//x' and what follows is not looked at; '//x' is no comment",
            "vrrp_script x | 'vrrp_script' is unknown in vrrp_instance; it stands outside of all blocks: a '}' is missing",
            "split_brain release | split_brain release needs a heartbeat",
            "arbiter 10.0.0.254 | warning: nobody asks the arbiter; it decides together with split_brain release",
            "heartbeat { | heartbeat has no peer",
            "split_brain relase | split_brain: 'relase' is not one of alert, release, script; did you mean 'release'?",
            "split_brain script | split_brain: script needs a command",
            "advert_int 0.5 | VRRP version 2 has whole seconds only; write version 3 for 0.5"})
    void aSlipInAnInstanceIsNamedWithItsLine(String line, String message) {
        assertThat(messages(instance(line))).anySatisfy(said -> assertThat(said)
                .startsWith("keepalived.conf:7: " + message.strip()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
            "check_path viq | check_path: 'viq' is not one of server, vip; did you mean 'vip'?",
            "slow_strat 5 | 'slow_strat' is unknown in virtual_server; did you mean 'slow_start'?",
            "slow_start x | slow_start: 'x' is not a number from 0 to",
            "drain_timeout 5 | 'drain_timeout' is unknown in virtual_server; it belongs to global_defs"})
    void aSlipInAVirtualServerIsNamedWithItsLine(String line, String message) {
        assertThat(messages("virtual_server 10.0.0.1 80 {\nprotocol TCP\nlb_algo rr\nlb_kind DR\n" + line
                + "\nreal_server 10.0.0.2 80 {\nTCP_CHECK {\n}\n}\n}\n"))
                .anySatisfy(said -> assertThat(said).startsWith("keepalived.conf:5: " + message.strip()));
    }

    @Test
    void aBfdNeighbourThatEachLinkMayHaveNeedsAnInterface() {
        assertThat(messages("bfd_instance B {\nneighbor_ip fe80::1\n}\n")).singleElement().asString().startsWith(
                "keepalived.conf:2: warning: each link may have a fe80::1, and nothing says which is meant");
        assertThat(messages("bfd_instance B {\nneighbor_ip fe80::1\n@weir interface eth0\n}\n")).isEmpty();
        assertThat(messages("bfd_instance B {\nneighbor_ip fd00::1\n}\n")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
            "tell estabilshed | 4: tell: 'estabilshed' is not one of established, threshold, half_open; did you mean",
            "peer 10.1.0.1 | 4: peer 10.1.0.1 is this host's own address; name the other director's",
            "source 10.1.0.7 | 4: warning: this host does not have 10.1.0.7 now; directors meet once it has",
            "key_file /tmp/weir-conf-none | 4: key_file /tmp/weir-conf-none cannot be read; make one with: (umask 077;",
            "key_file /tmp/weir-conf-open | 4: key_file /tmp/weir-conf-open is open to users whom it is not for; chmod",
            "key_file /tmp/weir-conf-short | 4: the key in /tmp/weir-conf-short has 8 characters, and needs at least 16",
            "key secret | 4: key has 6 characters, and needs at least 16; make one with: (umask 077;",
            "key 0123456789abcdef | 4: warning: the key stands in a file that all users may read; take their right",
            "port 8850 | 2: connection_sync has no key_file; make one with: (umask 077;"})
    void aSlipInConnectionSyncIsNamedWithItsLine(String line, String message) {
        assertThat(messages("global_defs {\nconnection_sync {\npeer 10.1.0.2\n" + line + "\n}\n}\n"))
                .anySatisfy(said -> assertThat(said).startsWith("keepalived.conf:" + message.strip()));
        assertThat(messages("global_defs {\nconnection_sync {\nkey_file /tmp/weir-conf-key\n}\n}\n"))
                .singleElement().asString()
                .startsWith("keepalived.conf:2: connection_sync has no peer; add peer ADDRESS");
    }

    @Test
    void onlyMistakesThatAreNewKeepAReloadFromBeingTaken() {
        String old = "vrrp_script x {\nscript /bin/true\nintervall 1\n}\n";
        KeepalivedConf before = TestHost.read(old);
        assertThat(before.mistakesSince(TestHost.read(""))).hasSize(1);
        assertThat(TestHost.read("! a line more\n" + old).mistakesSince(before)).isEmpty();
        assertThat(TestHost.read(old + "virtual_server 10.0.0.1 80 {\n").mistakesSince(before)).isNotEmpty()
                .allSatisfy(problem -> assertThat(problem.toString()).startsWith("keepalived.conf:5: "));
    }

    @Test
    void aMaskIsWrittenBehindTheAddress() {
        assertThat(messages(instance("virtual_ipaddress {\n10.0.0.1 nat_mask 255.255.255.0\n}")))
                .contains(
                        "keepalived.conf:8: keepalived has no 'nat_mask': the mask is written behind the address, for "
                                + "example 10.0.0.1/24");
    }

    @Test
    void theBlockThatIsNotClosedIsNamed() {
        assertThat(messages("vrrp_script S {\nscript x\nweigth -20\n"))
                .anySatisfy(said -> assertThat(said)
                        .startsWith("keepalived.conf:1: the block of vrrp_script opened here is not closed"))
                .contains("keepalived.conf:3: 'weigth' is unknown in vrrp_script; did you mean 'weight'?");
    }

    @Test
    void aScriptThatIsNotDefinedIsComparedWithThoseThatAre() {
        assertThat(messages("vrrp_script check_nginx {\nscript weir-conf-none\n}\n" + instance(
                "track_script {\nchek_nginx\n}")))
                .contains("keepalived.conf:11: script 'chek_nginx' is not defined above this line; did you mean "
                        + "'check_nginx'?");
    }

    @Test
    void anArgumentThatIsMissingEndsKeepalived() {
        assertThat(TestHost.read(instance("priority")).exit()).isEqualTo(2);
    }

    @Test
    void aScriptThatRootWouldRunUnguardedIsAnExitStatusOfItsOwn() {
        assertThat(TestHost.read(instance("notify_master /bin/sh")).exit()).isEqualTo(6);
        assertThat(TestHost.read("global_defs {\nenable_script_security\nscript_user root\n}\n"
                + instance("notify_master /bin/sh")).exit()).isZero();
    }
}
