package dev.weir.conf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.conf.text.Statement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The language: comments, quotes, braces, conditions, parameters, sequences, included files. */
class LanguageTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private static String canonical(String text) {
        return TestHost.read(text).canonical();
    }

    @ParameterizedTest
    @ValueSource(strings = {"global_defs {\n    router_id x\n}\n", "global_defs { router_id x }\n",
            "global_defs\n{\nrouter_id x }", "global_defs{router_id x}", "global_defs\n\n\n{ router_id \"x\" # c\n}",
            "! c\nglobal_defs { # c\n\trouter_id x!c\n}\r\n"})
    void bracesMayStandAnywhere(String text) {
        assertThat(TestHost.read(text).problems()).isEmpty();
        assertThat(canonical(text)).isEqualTo("global_defs {\n    router_id x\n}\n");
    }

    @Test
    void doubleQuotesKeepBlanksCommentsAndBraces() {
        assertThat(canonical("global_defs { router_id \"a # {b} !\" }")).contains("router_id \"a # {b} !\"\n");
        assertThat(canonical("global_defs { router_id a\" b\"c }")).contains("router_id \"a bc\"\n");
    }

    @Test
    void aQuoteThatIsNotClosedIsAMistakeOfItsLine() {
        assertThat(TestHost.read("global_defs {\nrouter_id \"a\n}\n").problems().getFirst().toString())
                .startsWith("keepalived.conf:2: a double quote is opened and not closed");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"@node1 router_id x | x", "@^node1 router_id x | ''",
            "@other router_id x | ''", "@^other router_id x | x",
            "@weir router_id x | x", "@^weir router_id x | ''"})
    void conditionsCompareWithTheConfigurationId(String line, String id) {
        assertThat(canonical("global_defs {\n" + line + "\n}\n"))
                .isEqualTo("global_defs {\n" + (id.isEmpty() ? "" : "    router_id " + id + "\n") + "}\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"$A=x;router_id $A|x", "$A=x;router_id ${A}y|xy", "router_id ${A}|$",
            "$A=x;router_id $Ay|$Ay", "$A=${B};$B=1;$B=2;router_id $A|2", "$A=x # c;router_id $A|x",
            "router_id ${_INSTANCE}|node1", "router_id a${_RANDOM 7 7}b|a7b", "$A=@node1;$A router_id x|x",
            "~SEQ(N, 1, 3) router_id $N|3", "~SEQ(N, 5, -2, 1) router_id $N|1", "~SEQx(N, 9, 12) router_id $N|c",
            "~SEQ(N, 2) router_id ${N}|2", "~LST(N, a, b) router_id $N|b",
            "~LST({N, M}, {a, b}, {c, d}) router_id ${N}${M}|cd", "~SEQ(N,1,2) ~SEQ(M,8,9) router_id ${N}${M}|29"})
    void parametersAndSequencesAreReplaced(String lines, String last) {
        List<Statement> tree = TestHost.read("global_defs {\n" + lines.replace(";", "\n") + "\n}\n").tree();
        assertThat(tree.getFirst().all("router_id").toList().getLast().argument(0)).isEqualTo(last);
    }

    @Test
    void aDefinitionOfSeveralLinesIsReplacedByAllOfThem() {
        assertThat(canonical("""
                $BLOCK= \\
                vrrp_instance V${N} { \\
                    interface eth0 \\
                    virtual_router_id ${N} \\
                    @other priority 50 \\
                    virtual_ipaddress { \\
                        10.0.0.${N} \\
                    } \\
                }
                ~SEQ(N, 1, 2) $BLOCK
                """)).isEqualTo(instance(1) + "\n" + instance(2));
    }

    private static String instance(int number) {
        return """
                vrrp_instance V@ {
                    interface eth0
                    virtual_router_id @
                    virtual_ipaddress {
                        10.0.0.@
                    }
                }
                """.replace("@", String.valueOf(number));
    }

    @Test
    void aParameterThatStandsForItselfEnds() {
        assertThat(TestHost.read("$A=${A}x\nglobal_defs {\nrouter_id $A\n}\n").problems().toString())
                .contains("a parameter stands for itself");
    }

    @Test
    void aDefinitionOfSeveralLinesThatUsesItselfEnds() {
        assertThat(TestHost.read("$A=x \\\n$A \n$A\n").problems().toString()).contains("nested more than 100 deep");
    }

    @ParameterizedTest
    @ValueSource(strings = {"include [", "include \0", "~SEQ(", "~SEQ(A,1,", "~LST()", "$", "${", "@", "\"", "\\",
            "vrrp_instance V { interface \0 }", "vrrp_script S { script \0 }",
            "global_defs { umask 99999999999999999999 }",
            "virtual_server fwmark 99999999999 {", "vrrp_instance V { advert_int 1e999999999 }"})
    void whatIsNoConfigurationIsReadToItsEnd(String text) {
        KeepalivedConf conf = TestHost.read(text + "\n");
        assertThat(TestHost.read(conf.canonical()).tree()).hasSameSizeAs(conf.tree());
        assertThat(conf.configuration()).isNotNull();
    }

    @Test
    void blocksNestedWithoutEndAreReadToTheirEnd() {
        KeepalivedConf conf = TestHost.read("a {\n".repeat(100_000));
        assertThat(conf.exit()).isEqualTo(5);
        assertThat(conf.canonical()).isNotEmpty();
    }

    @Test
    void filesAreIncludedFromWhereTheIncludingFileLies() throws IOException {
        Files.createDirectories(folder.resolve("sub/deep"));
        Files.writeString(folder.resolve("keepalived.conf"), "include sub/*.conf\n");
        Files.writeString(folder.resolve("sub/b.conf"), "global_defs {\ninclude deep/{x,y}.inc\n}\n");
        Files.writeString(folder.resolve("sub/.hidden.conf"), "hidden\n");
        Files.writeString(folder.resolve("sub/deep/x.inc"), "router_id x\nwrong\n");
        Files.writeString(folder.resolve("sub/deep/y.inc"), "lvs_flush\n");
        KeepalivedConf conf = KeepalivedConf.read(folder.resolve("keepalived.conf"), TestHost.surroundings());
        assertThat(conf.canonical()).isEqualTo("global_defs {\n    router_id x\n    wrong\n    lvs_flush\n}\n");
        assertThat(conf.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.toString()).startsWith("deep/x.inc:2: 'wrong' is unknown in global_defs");
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"include none|0", "includer none|0", "includem none|6", "includew none|6",
            "includea none|6", "includem no*|0", "includew no*|6", "includeb {keepalived.conf.d,none}|6",
            "includer .|6"})
    void aMissingFileWeighsWhatTheIncludeSays(String include, int exit) throws IOException {
        Files.createFile(folder.resolve("keepalived.conf.d"));
        Files.writeString(folder.resolve("keepalived.conf"), include + "\n");
        assertThat(KeepalivedConf.read(folder.resolve("keepalived.conf"), TestHost.surroundings()).exit())
                .isEqualTo(exit);
    }

    @Test
    void aFileThatIncludesItselfEnds() throws IOException {
        Files.writeString(folder.resolve("keepalived.conf"), "include keepalived.conf\n");
        assertThat(KeepalivedConf.read(folder.resolve("keepalived.conf"), TestHost.surroundings()).problems())
                .singleElement().asString().contains("a file may include itself");
    }

    @Test
    void canonicalFormReadsBackAsTheSameTree() throws IOException {
        for (Corpus.Case sample : Corpus.samples()) {
            KeepalivedConf conf = TestHost.read(sample.text());
            List<Statement> again = TestHost.read(conf.canonical()).tree();
            assertThat(again).as(sample.name()).hasSameSizeAs(conf.tree());
            for (int i = 0; i < again.size(); i++) {
                assertThat(again.get(i).sameAs(conf.tree().get(i))).as(sample.name() + ": " + again.get(i)).isTrue();
            }
        }
    }
}
