package dev.virtq.drivers.fs;

import dev.virtq.machine.sim.hostile.FuseLie;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The table of a file server's lies in docs/hostile.md. */
final class LieTable {
    private static final Path FILE = Path.of("..", "docs", "hostile.md");
    private static final String HEADING = "## In the answers of a file server";

    /** What becomes of it. */
    enum Verdict {
        REFUSED,
        ERROR,
        HARMLESS,
        NOT_MOUNTED
    }

    record Row(FuseLie lie, String asked, Verdict verdict, String said) {
        @Override
        public String toString() {
            return "%s, %s: %s".formatted(lie, asked, verdict);
        }

        /** {@return the clause that a fault names; empty when it is no fault of the device} */
        String clause() {
            return said.startsWith("[") ? said.substring(1, said.length() - 1) : "";
        }
    }

    private LieTable() {}

    static List<Row> rows() {
        try {
            return Files.readAllLines(FILE).stream()
                    .dropWhile(line -> !line.equals(HEADING))
                    .skip(1)
                    .takeWhile(line -> !line.startsWith("## "))
                    .filter(line -> line.startsWith("| `"))
                    .map(LieTable::parse)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Row parse(String line) {
        String[] cells =
                Arrays.stream(line.split("\\|", -1)).map(String::strip).toArray(String[]::new);
        String verdict = cells[3].replace("*", "").replace(' ', '_');
        return new Row(
                FuseLie.valueOf(cells[1].replace("`", "")),
                cells[2],
                Verdict.valueOf(verdict.toUpperCase(Locale.ROOT)),
                cells[4]);
    }
}
