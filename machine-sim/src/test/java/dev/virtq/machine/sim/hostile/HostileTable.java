package dev.virtq.machine.sim.hostile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** The table in docs/hostile.md: what it says becomes of each lie. */
final class HostileTable {
    /** Which of the two rings. */
    enum Ring {
        SPLIT,
        PACKED
    }

    /** Since when the device lies. */
    enum Since {
        /** Before the driver opens it. */
        OPEN,
        /** While transfers are on their way. */
        RUNNING
    }

    /** What becomes of it. */
    enum Verdict {
        /** A DeviceFaultException that names the clause. */
        DETECTED,
        /** A rule is broken, to no effect beyond what the device keeps for itself. */
        HARMLESS,
        /** No rule is broken. */
        LEGITIMATE
    }

    record Row(Mischief lie, Ring ring, Since since, Verdict verdict, String clause) {
        @Override
        public String toString() {
            return "%s, %s, %s: %s %s".formatted(lie, ring, since, verdict, clause);
        }
    }

    private static final Path FILE = Path.of("..", "docs", "hostile.md");

    /** A table with other columns, which {@code drivers-fs} is held to. */
    private static final String OF_FILE_SERVERS = "## In the answers of a file server";

    private HostileTable() {}

    static List<Row> rows() {
        return lines(false).stream().flatMap(line -> parse(line).stream()).toList();
    }

    /** {@return what file servers tell; some of it in several rows} */
    static Set<FuseLie> ofFileServers() {
        return lines(true).stream()
                .map(line -> FuseLie.valueOf(line.split("`", -1)[1]))
                .collect(Collectors.toSet());
    }

    private static List<String> lines(boolean ofFileServers) {
        List<String> rows = new ArrayList<>();
        boolean inside = false;
        try {
            for (String line : Files.readAllLines(FILE)) {
                if (line.startsWith("## ")) {
                    inside = line.equals(OF_FILE_SERVERS);
                } else if (line.startsWith("| `") && inside == ofFileServers) {
                    rows.add(line);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return rows;
    }

    /** Those that any device can tell, whatever its type. */
    static List<Row> ofEveryDevice() {
        return rows().stream().filter(row -> !(row.lie() instanceof NetLie)).toList();
    }

    static List<Row> ofNetworkDevices() {
        return rows().stream().filter(row -> row.lie() instanceof NetLie).toList();
    }

    /** One line may speak for both rings, or for both moments, where the same becomes of it. */
    private static List<Row> parse(String line) {
        String[] cells =
                Arrays.stream(line.split("\\|", -1)).map(String::strip).toArray(String[]::new);
        Mischief lie = lie(cells[1].replace("`", ""));
        List<Row> rows = new ArrayList<>();
        for (Ring ring : Ring.values()) {
            for (Since since : Since.values()) {
                if (saysFor(cells[2], ring) && saysFor(cells[3], since)) {
                    Verdict verdict =
                            Verdict.valueOf(cells[4].replace("*", "").toUpperCase(Locale.ROOT));
                    rows.add(new Row(lie, ring, since, verdict, cells[5]));
                }
            }
        }
        return rows;
    }

    private static boolean saysFor(String cell, Enum<?> value) {
        return cell.equals("both") || cell.equalsIgnoreCase(value.name());
    }

    private static Mischief lie(String name) {
        for (RingLie lie : RingLie.values()) {
            if (lie.name().equals(name)) {
                return lie;
            }
        }
        for (NetLie lie : NetLie.values()) {
            if (lie.name().equals(name)) {
                return lie;
            }
        }
        return RegisterLie.valueOf(name);
    }
}
