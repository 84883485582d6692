package dev.virtq.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What Jazzer calls, in a JVM of its own: {@code --target_args=NAME FILE} says which target, and
 * where to write down at the end what was reached.
 */
public final class JazzerTarget {
    private static Consumer<byte[]> program = _ -> {};

    private JazzerTarget() {}

    /** Jazzer calls it once, before it fuzzes. */
    public static void fuzzerInitialize(String[] arguments) {
        program = program(arguments[0]);
        Path file = Path.of(arguments[1]);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> writeLandmarks(file)));
    }

    /** Jazzer calls it for each input. */
    public static void fuzzerTestOneInput(byte[] input) {
        program.accept(input);
    }

    private static Consumer<byte[]> program(String name) {
        for (PlantedFault planted : PlantedFault.values()) {
            if (planted.name().equals(name)) {
                return planted::run;
            }
        }
        return FuzzTarget.valueOf(name)::run;
    }

    private static void writeLandmarks(Path file) {
        List<String> lines =
                new TreeMap<>(Landmarks.reached())
                        .entrySet().stream()
                                .map(entry -> entry.getValue() + " " + entry.getKey())
                                .toList();
        try {
            Files.write(file, lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
