package dev.virtq.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A module of the reactor.
 *
 * @param name its folder's name
 * @param folder its folder
 */
record Room(String name, Path folder) {
    private Path sources() {
        return folder.resolve("src/test/java");
    }

    private Path compiled() {
        return folder.resolve("target/test-classes");
    }

    boolean hasTests() throws IOException {
        return !files(sources(), ".java").isEmpty();
    }

    /** {@return the tests that were compiled from the sources as they are} */
    List<Path> testClasses() throws IOException {
        List<Path> classes = new ArrayList<>();
        for (Path file : files(compiled(), ".class")) {
            // A class file can outlive its source.
            if (Files.exists(sources().resolve(sourceOf(compiled().relativize(file))))) {
                classes.add(file);
            }
        }
        return classes;
    }

    /** {@return what makes the compiled tests other than the sources; empty when nothing does} */
    Optional<String> notCompiled() throws IOException {
        if (files(compiled(), ".class").isEmpty()) {
            return Optional.of("has no compiled tests");
        }
        for (Path source : files(sources(), ".java")) {
            Path relative = sources().relativize(source);
            String name = String.valueOf(relative);
            if (name.endsWith("-info.java")) {
                continue;
            }
            Path file = compiled().resolve(name.replace(".java", ".class"));
            if (!Files.exists(file)
                    || Files.getLastModifiedTime(file).compareTo(Files.getLastModifiedTime(source))
                            < 0) {
                return Optional.of("was not compiled after " + relative.getFileName() + " changed");
            }
        }
        return Optional.empty();
    }

    private static String sourceOf(Path classFile) {
        return String.valueOf(classFile).replaceFirst("(\\$.*)?\\.class$", ".java");
    }

    private static List<Path> files(Path folder, String ending) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(file -> String.valueOf(file.getFileName()).endsWith(ending))
                    .sorted()
                    .toList();
        }
    }
}
