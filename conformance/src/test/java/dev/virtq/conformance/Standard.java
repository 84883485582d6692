package dev.virtq.conformance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The ids that exist: all statements of the standard, of both sides, and all sections. */
final class Standard {
    /**
     * What is known of a statement without its text.
     *
     * @param side {@code driver} or {@code device}
     * @param area the part of the standard that it belongs to, as in {@code split-ring}
     * @param level as in {@code MUST NOT}
     */
    record Known(String side, String area, String level) {}

    private final Map<StatementId, Known> statements = new TreeMap<>();
    private final Set<String> names = new HashSet<>();

    private Standard() {}

    static Standard read(Path folder) throws IOException {
        Standard standard = new Standard();
        for (String line : ListFile.lines(folder.resolve("ids.txt"))) {
            String[] words = line.split(" ", 4);
            standard.statements.put(
                    new StatementId(words[0]), new Known(words[1], words[2], words[3]));
            standard.names.add(words[0]);
        }
        standard.names.addAll(ListFile.lines(folder.resolve("sections.txt")));
        return standard;
    }

    /** {@return whether a test can name it: a statement, or a section that has none for it} */
    boolean knows(String id) {
        return names.contains(id);
    }

    Optional<Known> find(StatementId id) {
        return Optional.ofNullable(statements.get(id));
    }

    /** {@return the driver's statements of one area, in the standard's order} */
    Set<StatementId> ofDriver(String area) {
        Map<StatementId, Known> some = new TreeMap<>(statements);
        some.values()
                .removeIf(known -> !known.side().equals("driver") || !known.area().equals(area));
        return some.keySet();
    }
}
