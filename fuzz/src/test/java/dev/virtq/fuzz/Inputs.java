package dev.virtq.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The inputs that are kept: what was found once, and what leads a target to its places. */
final class Inputs {
    private Inputs() {}

    /**
     * {@return the folder with a target's inputs, in the sources, so that new ones can be added}
     */
    static Path folder(FuzzTarget target) {
        return Path.of("src", "test", "resources", "inputs", target.folder());
    }

    /** Deletes the inputs in a folder, if it is there. */
    static void empty(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    static List<Path> of(FuzzTarget target) throws IOException {
        try (Stream<Path> files = Files.list(folder(target))) {
            return files.sorted().toList();
        }
    }
}
