package dev.virtq.benchmarks.fs;

import dev.virtq.benchmarks.Ending;
import dev.virtq.benchmarks.Sample;
import dev.virtq.benchmarks.Selection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.ObjectMapper;

/**
 * A shared folder in five ways, in turn: the folder itself, two mounts of the kernel's FUSE, and
 * virtq's file system straight on a virtiofsd and through QEMU.
 *
 * <pre>{@code FsComparison [ROUNDS [SECONDS [WORD...]]]}</pre>
 *
 * <p>Only the rows are run whose names contain all of the words. The folder is made in {@code
 * java.io.tmpdir}.
 */
public final class FsComparison {
    /** The first so many ways are the kernel's. */
    private static final int KERNELS = 3;

    private final Selection selection;
    private final List<Way> ways;
    private final List<Map<String, Object>> results = new ArrayList<>();

    private FsComparison(Selection selection, List<Way> ways) {
        this.selection = selection;
        this.ways = ways;
    }

    /**
     * Compares, prints a table, and writes {@code fs.json} after each line.
     *
     * @param arguments as above
     */
    public static void main(String[] arguments) {
        Selection selection;
        try {
            selection = Selection.of(List.of(arguments));
        } catch (IllegalArgumentException e) {
            Ending.forWrongArguments(e.getMessage());
            return;
        }
        Ending.with(() -> run(selection));
    }

    private static void run(Selection selection) throws IOException, InterruptedException {
        Path place = Files.createTempDirectory("virtq-fs");
        List<Way> ways = new ArrayList<>();
        try {
            Path folder = Files.createDirectory(place.resolve("share"));
            DataFile file = DataFile.make(folder);
            ways.add(Way.host(folder));
            ways.add(Way.bindfs(folder, place.resolve("mount")));
            ways.add(Way.bindfsWithoutPages(folder, place.resolve("direct")));
            ways.add(Way.vhostUser(folder, place.resolve("fs.sock")));
            ways.add(Way.qemu(folder));
            new FsComparison(selection, ways).run(jobs(folder, file, selection.seconds()));
        } finally {
            for (Way way : ways.reversed()) {
                way.close();
            }
            deleteAll(place);
        }
    }

    private static List<Job> jobs(Path folder, DataFile file, int seconds) {
        List<Job> jobs = new ArrayList<>(Sequential.all(file, seconds));
        jobs.add(new RandomReads(file, 1, seconds));
        jobs.add(new RandomReads(file, 32, seconds));
        jobs.add(new ManyFiles(folder));
        return jobs;
    }

    private static void deleteAll(Path place) throws IOException {
        try (Stream<Path> all = Files.walk(place)) {
            for (Path each : all.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(each);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void run(List<Job> jobs) throws IOException, InterruptedException {
        System.out.printf("%-30s %-12s", "", "");
        ways.forEach(way -> System.out.printf(" %10s", way.name()));
        System.out.print("  ");
        for (Way ours : ways.subList(KERNELS, ways.size())) {
            System.out.printf("  %-24s", ours.name() + " of each other");
        }
        System.out.println();
        for (Job job : jobs) {
            if (job.rows().stream().anyMatch(selection::has)) {
                compare(job);
            }
        }
        for (Way way : ways) {
            if (way instanceof Way.Virtq ours) {
                Copies.print(ours);
            }
        }
    }

    /** Each way once for the JIT, and then in turn; who begins changes with each round. */
    private void compare(Job job) throws IOException, InterruptedException {
        List<List<Sample>> samples = new ArrayList<>(); // of each row, of each way
        job.rows().forEach(row -> samples.add(ways.stream().map(way -> new Sample()).toList()));
        for (Way way : ways) {
            job.measure(way);
        }
        for (int round = 0; round < selection.rounds(); round++) {
            for (int turn = 0; turn < ways.size(); turn++) {
                int at = (round + turn) % ways.size();
                List<Double> figures = job.measure(ways.get(at));
                for (int row = 0; row < figures.size(); row++) {
                    samples.get(row).get(at).add(figures.get(row));
                }
            }
        }
        for (int row = 0; row < samples.size(); row++) {
            print(job.rows().get(row), job.unit(), samples.get(row));
        }
        Files.write(Path.of("fs.json"), new ObjectMapper().writeValueAsBytes(results));
    }

    private void print(String row, String unit, List<Sample> ofWays) {
        System.out.printf("%-30s %-12s", row, unit);
        ofWays.forEach(sample -> System.out.printf(" %10.2f", sample.median()));
        System.out.print("  ");
        for (Sample ours : ofWays.subList(KERNELS, ofWays.size())) {
            System.out.print("  ");
            ofWays.subList(0, KERNELS)
                    .forEach(other ->
                            System.out.printf("%-8s", "%.2f".formatted(ours.ratioTo(other))));
        }
        System.out.println();
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("row", row);
        described.put("unit", unit);
        for (int i = 0; i < ofWays.size(); i++) {
            described.put(ways.get(i).name(), ofWays.get(i).described());
        }
        results.add(described);
    }
}
