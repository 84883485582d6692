package dev.virtq.benchmarks.ringtest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * {@link RoundTrips}, in a JVM of its own.
 *
 * @param format {@code split} or {@code packed}
 * @param inOrder whether the device uses buffers in order
 * @param level {@code ring} or {@code queue}
 * @param oneThread whether both ends are in one thread
 * @param batch how many are published at once
 */
record OwnProgram(String format, boolean inOrder, String level, boolean oneThread, int batch) {
    /**
     * {@return nanoseconds for a round trip}
     *
     * @param length how many, or for how many seconds as in {@code 3s}
     */
    double measure(String length) throws IOException, InterruptedException {
        List<String> command =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        RoundTrips.class.getName(),
                        format,
                        inOrder ? "in_order" : "any",
                        level,
                        oneThread ? "one" : "two",
                        Integer.toString(batch),
                        length);
        return Double.parseDouble(Output.of(command).strip());
    }
}
