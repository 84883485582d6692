package dev.virtq.cli.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TableTest {
    @Test
    void columnsAreAsWideAsTheirWidestCell() {
        assertThat(printed(new Table("name", ">bytes").row("a", 5).row("long name", 12345), false))
                .isEqualTo(
                        """
                        name       bytes
                        a              5
                        long name  12345
                        """);
    }

    @Test
    void emptyHeadersShowNoHeader() {
        assertThat(printed(new Table("", "").row("a", "b"), false)).isEqualTo("a  b\n");
    }

    @Test
    void noLineEndsWithBlanks() {
        assertThat(printed(new Table("", "", "").row("a", "", "").row("bb", "c", ""), false))
                .isEqualTo("a\nbb  c\n");
    }

    @Test
    void colourDoesNotCountAsWidth() {
        Table table =
                new Table("", "").row(new Table.Cell("a", Style.GOOD::wrap), "x").row("bb", "y");

        assertThat(printed(table, true)).isEqualTo("\u001b[32ma\u001b[0m   x\nbb  y\n");
    }

    @Test
    void aRowOfAnotherWidthIsRefused() {
        assertThatThrownBy(() -> new Table("", "").row("a")).hasMessage("1 cells (expected: 2)");
    }

    @Test
    void bytesAreDumpedSixteenToALine() {
        byte[] bytes = "0123456789abcdef\u0000\u007f".getBytes(StandardCharsets.ISO_8859_1);

        assertThat(HexDump.lines(MemorySegment.ofArray(bytes), 0x1000))
                .containsExactly(
                        "00001000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|",
                        "00001010  00 7f                                             |..|");
    }

    @Test
    void quantitiesHaveUnits() {
        assertThat(Quantity.bytes(0)).isEqualTo("0 B");
        assertThat(Quantity.bytes(1514)).isEqualTo("1514 B");
        assertThat(Quantity.bytes(64L << 20)).isEqualTo("64 MiB");
        assertThat(Quantity.time(83_140)).isEqualTo("83.1 us");
        assertThat(Quantity.time(1_204_000)).isEqualTo("1.204 ms");
        assertThat(Quantity.time(2_500_000_000L)).isEqualTo("2.500 s");
        assertThat(Quantity.count(1, "chain")).isEqualTo("1 chain");
        assertThat(Quantity.count(0, "chain")).isEqualTo("0 chains");
    }

    private static String printed(Table table, boolean colored) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        table.print(new Console(out, out, colored));
        return out.toString(StandardCharsets.UTF_8);
    }
}
