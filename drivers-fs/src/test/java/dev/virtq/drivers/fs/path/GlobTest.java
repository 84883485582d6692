package dev.virtq.drivers.fs.path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.FileSystems;
import java.util.regex.PatternSyntaxException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is no glob to the default file system is none here, and the other way round. */
class GlobTest {
    @ParameterizedTest
    @ValueSource(strings = {"[--]", "[a-b-c]", "[^-]", "[b-a]", "[", "[a", "{a", "{a{b}}", "\\"})
    void whatTheDefaultFileSystemRefusesIsRefused(String glob) {
        assertThatThrownBy(() -> FileSystems.getDefault().getPathMatcher("glob:" + glob))
                .isInstanceOf(PatternSyntaxException.class);
        assertThatThrownBy(() -> Glob.compile(glob)).isInstanceOf(PatternSyntaxException.class);
    }

    @ParameterizedTest
    @CsvSource({"[-a], -", "[!-a], b", "[a-], -", "[^a], ^", "[a-c], b", "*-[!-], a-b"})
    void aHyphenIsItselfAtBothEnds(String glob, String name) {
        assertThat(Glob.compile(glob).matcher(name).matches()).isTrue();
    }
}
