package dev.virtq.machine.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class OutputTailTest {
    @Test
    void joinsLines() {
        OutputTail tail = new OutputTail();
        add(tail, "one\ntwo \r\n");
        add(tail, " three\n");
        assertThat(tail.oneLine()).isEqualTo("one; two; three");
    }

    @Test
    void keepsTheEndOfWhatIsLong() {
        OutputTail tail = new OutputTail();
        add(tail, "x".repeat(10_000));
        add(tail, "the end");
        assertThat(tail.oneLine()).startsWith("…x").endsWith("xthe end").hasSize(4097);
    }

    private static void add(OutputTail tail, String text) {
        tail.add(text.getBytes(StandardCharsets.UTF_8));
    }
}
