package dev.virtq.benchmarks.ringtest;

import dev.virtq.benchmarks.Ending;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The rings against the Linux kernel's own ring test, in alternation, each in a process of its own.
 * {@code virtio_ring_0_9} is a split ring; {@code ring} is the sketch that the packed ring came
 * from. Without {@code --sleep} the kernel's programs publish every buffer at once, whatever {@code
 * --batch} says.
 *
 * <pre>{@code RingTestComparison FOLDER [ROUNDS [CYCLES]]}</pre>
 */
public final class RingTestComparison {
    private static final int[] BATCHES = {1, 32};

    private final Path folder;
    private final int rounds;
    private final int cycles;

    /** For each competitor, nanoseconds for a round trip, one figure a round. */
    private final Map<String, List<Double>> figures = new LinkedHashMap<>();

    private RingTestComparison(Path folder, int rounds, int cycles) {
        this.folder = folder;
        this.rounds = rounds;
        this.cycles = cycles;
    }

    /**
     * Compares, and prints a table.
     *
     * @param arguments the folder with the kernel's programs; how many rounds; how many cycles
     * @throws IOException when a program cannot be run
     * @throws InterruptedException when it is interrupted
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length < 1 || !KernelProgram.areIn(Path.of(arguments[0]))) {
            Ending.forWrongArguments(KernelProgram.EXPECTED + "; then rounds and cycles");
            return;
        }
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
        int cycles = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 10_000_000;
        new RingTestComparison(Path.of(arguments[0]), rounds, cycles).run();
    }

    private void run() throws IOException, InterruptedException {
        for (int round = 0; round < rounds; round++) {
            for (int batch : BATCHES) {
                for (String format : List.of("split", "packed")) {
                    String program = format.equals("split") ? "virtio_ring_0_9" : "ring";
                    record(
                            format + ", batch " + batch + ": C " + program,
                            new KernelProgram(folder, program).measure(batch, cycles));
                    for (String level : List.of("ring", "queue")) {
                        record(
                                format + ", batch " + batch + ": virtq, " + level,
                                new OwnProgram(format, false, level, false, batch)
                                        .measure(Integer.toString(cycles)));
                    }
                }
            }
        }
        System.out.printf("%-40s %8s %8s %8s  ns a round trip%n", "", "min", "median", "max");
        figures.forEach((name, values) -> {
            List<Double> sorted = values.stream().sorted().toList();
            System.out.printf(
                    "%-40s %8.1f %8.1f %8.1f%n",
                    name, sorted.getFirst(), sorted.get(sorted.size() / 2), sorted.getLast());
        });
    }

    private void record(String name, double nanos) {
        figures.computeIfAbsent(name, key -> new ArrayList<>()).add(nanos);
    }
}
