package dev.weir.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RecordingFilesTest {
    private static final String TOPOLOGY = "{\"topology\": {\"eth0\": {\"mac\": \"02:00:00:00:00:01\","
            + " \"ipv4\": [\"10.0.0.1/24\"], \"ipv6\": []}, \"routes\": [], \"neighbours\": [], \"vips\": [], \"local\": []}}";

    @TempDir
    private Path folder = Path.of("set by JUnit");

    static List<Path> files() {
        return Recordings.files();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    void aRecordingWrittenAndReadAgainIsTheSame(Path file) throws IOException {
        Recording recording = RecordingReader.read(file);
        Path copy = folder.resolve(recording.name() + ".jsonl");
        RecordingWriter.write(recording, copy);
        assertThat(RecordingReader.read(copy)).isEqualTo(recording);
    }

    @Test
    void aStepThatFailedIsWrittenAsNoStepOfItsKind() throws IOException {
        Row mark = new Row(7, new Step.Mark("-j MARK"), Outcome.failed("no marks here"), null);
        Recording recording = new Recording("one", Recordings.read("affinity-mark").topology(), List.of(mark));
        Path file = folder.resolve("one.jsonl");
        RecordingWriter.write(recording, file);
        assertThat(Files.readAllLines(file).get(1)).contains("\"do\":\"mark failed: no marks here\"");
        assertThat(RecordingReader.read(file)).isEqualTo(recording);
    }

    @Test
    void theTopologyIsReadWhole() throws IOException {
        Topology topology = Recordings.read("forwarding-dr").topology();
        assertThat(topology.links()).extracting(Topology.Link::name).containsExactly("eth0", "eth1");
        assertThat(topology.links().get(0).hardwareAddress()).isEqualTo(0x02_00_00_00_00_01L);
        assertThat(topology.links().get(0).addresses()).extracting(Topology.Prefix::toString)
                .containsExactly("172.25.254.100/24", "2001:db8:c::64/64");
        assertThat(topology.routes()).extracting(route -> route.to() + " " + route.gateway() + " " + route.link())
                .containsExactly("0.0.0.0/0 172.25.254.2 eth0", "::/0 2001:db8:c::2 eth0",
                        "10.10.0.0/16 192.168.0.1 eth1");
        assertThat(topology.neighbours()).hasSize(81);
        assertThat(topology.virtual()).hasSize(3);
        assertThat(topology.local()).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "nonsense                                                    | not JSON",
            "[]                                                          | no JSON object",
            "{} {}                                                       | something follows the JSON object",
            "{}                                                          | \"do\" is missing",
            "{\"do\": \"dance\", \"at_ms\": 1}                           | unknown step \"dance\"",
            "{\"do\": 5}                                                 | \"do\" is not a string",
            "{\"do\": \"sleep\", \"do\": \"sleep\"}                      | \"do\" stands twice",
            "{\"do\": \"sleep\", \"at_ms\": 1}                           | \"ms\" is missing",
            "{\"do\": \"sleep\", \"at_ms\": null, \"ms\": 1}             | unexpected null",
            "{\"do\": \"sleep\", \"at_ms\": 1, \"ms\": 1, \"x\": 1}      | \"x\" is not known here",
            "{\"do\": \"frame\", \"at_ms\": 1, \"port\": \"eth0\", \"hex\": \"0g\"} | \"hex\" is not hexadecimal",
            "{\"do\": \"frame\", \"at_ms\": 1, \"port\": \"eth7\", \"hex\": \"00\"} | there is no interface eth7",
            "{\"do\": \"ipvsadm\", \"at_ms\": 1, \"args\": \"-L\"}       | \"exit\" is missing"})
    void aBadRowIsRefusedWithItsFileAndLine(String line, String why) throws IOException {
        Path file = folder.resolve("bad.jsonl");
        Files.write(file, List.of(TOPOLOGY, "{\"do\": \"sleep\", \"at_ms\": 0, \"ms\": 1}", line));
        assertThatThrownBy(() -> RecordingReader.read(file)).isInstanceOf(BadFileException.class)
                .hasMessageStartingWith(file + ":3: ").hasMessageContaining(why);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "02:00:00:00:00:01 | 02:00:00:00:00    | no MAC address",
            "10.0.0.1/24       | 10.0.0.1/33       | no such prefix length: 10.0.0.1/33",
            "10.0.0.1/24       | 10.0.0.1          | no prefix length in 10.0.0.1",
            "10.0.0.1/24       | ten/8             | not an IP address: ten",
            "\"routes\": []    | \"routes\": [{\"to\": \"default\", \"dev\": \"eth9\"}] | there is no interface eth9",
            "\"vips\": []      | \"vips\": [1]     | \"vips\" is not a list of strings",
            "topology          | geology           | \"topology\" is missing"})
    void aBadTopologyIsRefusedInLineOne(String good, String bad, String why) throws IOException {
        Path file = folder.resolve("bad.jsonl");
        Files.writeString(file, TOPOLOGY.replace(good, bad));
        assertThatThrownBy(() -> RecordingReader.read(file)).isInstanceOf(BadFileException.class)
                .hasMessageStartingWith(file + ":1: ").hasMessageContaining(why);
    }

    @Test
    void aFileThatIsNotThereOrEmptyIsNamed() throws IOException {
        Path missing = folder.resolve("missing.jsonl");
        assertThatThrownBy(() -> RecordingReader.read(missing)).isInstanceOf(BadFileException.class)
                .hasMessage(missing + ": no such file");
        Path empty = Files.createFile(folder.resolve("empty.jsonl"));
        assertThatThrownBy(() -> RecordingReader.read(empty)).isInstanceOf(BadFileException.class)
                .hasMessageStartingWith(empty + ": empty");
    }
}
