package dev.virtq.machine.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    @Test
    void isTheFirstLineWhereThereIsNoTerminal() {
        try (ProgressLine line = new ProgressLine(out, false)) {
            line.accept("building the image ...");
            line.accept("Step 1/2");
        }
        assertThat(text()).isEqualTo("virtq: building the image ..." + System.lineSeparator());
    }

    @Test
    void changesOnATerminalAndGoesAwayInTheEnd() {
        try (ProgressLine line = new ProgressLine(out, true)) {
            line.accept("building the image ...");
            line.accept("Get:1 \033[31mred" + "x".repeat(200));
        }
        assertThat(text())
                .startsWith("\rvirtq: building the image ...\033[K\rvirtq: Get:1  [31mredx")
                .endsWith("x\033[K\r\033[K")
                .doesNotContain("\n", "x".repeat(80));
    }

    @Test
    void isSilentWhenNothingTakesLong() {
        new ProgressLine(out, true).close();
        assertThat(text()).isEmpty();
    }

    private String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
