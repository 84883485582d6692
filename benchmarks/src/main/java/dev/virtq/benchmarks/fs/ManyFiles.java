package dev.virtq.benchmarks.fs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;

/** Makes ten thousand files, looks at each, and removes them. */
final class ManyFiles implements Job {
    private static final int FILES = 10_000;
    private static final String FOLDER = "many";

    private final Path onTheHost;

    ManyFiles(Path folder) {
        onTheHost = folder.resolve(FOLDER);
    }

    @Override
    public List<String> rows() {
        return List.of("create 10,000 files", "stat 10,000 files", "unlink 10,000 files");
    }

    @Override
    public String unit() {
        return "thousands/s";
    }

    /** What is done with each. */
    private interface Step {
        void run(Path file) throws IOException;
    }

    @Override
    public List<Double> measure(Way way) throws IOException {
        Files.createDirectory(onTheHost);
        Path folder = way.folder().resolve(FOLDER);
        double created = timed(folder, Files::createFile);
        expect(FILES);
        double seen = timed(folder, ManyFiles::look);
        double removed = timed(folder, Files::delete);
        expect(0);
        Files.delete(onTheHost);
        return List.of(created, seen, removed);
    }

    private static void look(Path file) throws IOException {
        if (!Files.readAttributes(file, BasicFileAttributes.class).isRegularFile()) {
            throw new IOException(file + " is no file");
        }
    }

    private static double timed(Path folder, Step step) throws IOException {
        long start = System.nanoTime();
        for (int i = 0; i < FILES; i++) {
            step.run(folder.resolve("file" + i));
        }
        return FILES * 1e6 / (System.nanoTime() - start);
    }

    private void expect(int count) throws IOException {
        try (Stream<Path> files = Files.list(onTheHost)) {
            long found = files.count();
            if (found != count) {
                throw new IOException("%d files (expected: %d)".formatted(found, count));
            }
        }
    }
}
