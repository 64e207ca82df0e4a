package dev.weir.track;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The number in a track_file, as keepalived 2.2.7 reads it. */
class FileNumberTest {
    @ParameterizedTest
    @CsvSource(ignoreLeadingAndTrailingWhitespace = false, value = {"7,7", "12abc,12", " -5 6,-5", "'',0", "foo,0",
            "0x10,16", "010,8", "+9,9", "-0x1f,-31", "0,0", "08,0", "0x,0", "2147483647,2147483647",
            "-2147483648,-2147483648"})
    void aNumberIsReadToItsEndInTheBasisThatItsBeginningNames(String text, int number) {
        assertThat(FileNumber.parse(text)).isEqualTo(OptionalInt.of(number));
    }

    @ParameterizedTest
    @CsvSource({"9999999999", "2147483648", "-2147483649", "0xffffffff"})
    void oneBeyond32BitsIsNone(String text) {
        assertThat(FileNumber.parse(text)).isEmpty();
    }

    @Test
    void aFileThatIsMissingOrADirectoryHasZero(@TempDir Path folder) throws Exception {
        assertThat(FileNumber.read(folder.resolve("none"))).hasValue(0);
        assertThat(FileNumber.read(folder)).hasValue(0);
        assertThat(FileNumber.read(Files.writeString(folder.resolve("file"), "3\n4\n"))).hasValue(3);
    }
}
