package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Quantity;
import dev.virtq.cli.console.Table;
import dev.virtq.cli.session.Session;
import dev.virtq.cli.session.ShareBench;
import dev.virtq.cli.session.ShareBench.Measured;
import dev.virtq.cli.value.ByteCount;
import dev.virtq.cli.value.CommandException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fs bench}: how fast the share is, once. */
@Command(
        name = "bench",
        description = {
            "Times the same work on the share, in a folder of its own that goes again:",
            "a large file, random reads, many small files. One run says little; compare several."
        })
final class FsBenchCommand extends SessionCommand {
    private static final long BLOCK = 1 << 20;

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            converter = ByteCount.Converter.class,
            defaultValue = "64M",
            description = "Of the large file, whole MiB (default: 64M).")
    private long size;

    @Option(
            names = "--beside",
            paramLabel = "DIR",
            description = "A folder of this computer, for the same work there.")
    private @org.jspecify.annotations.Nullable Path beside;

    FsBenchCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() throws IOException, InterruptedException {
        if (size < BLOCK || size % BLOCK != 0) {
            throw new CommandException("--size %d (expected: a multiple of 1 MiB)".formatted(size));
        }
        Path local = beside;
        List<Measured> share = measure(session().share().path("/"));
        return new Benchmarked(share, local == null ? List.of() : measure(local));
    }

    private List<Measured> measure(Path parent) throws IOException, InterruptedException {
        Path folder = Files.createDirectory(parent.resolve("virtq-bench"));
        try {
            return new ShareBench(folder, size).run();
        } finally {
            Files.delete(folder);
        }
    }

    record Benchmarked(List<Measured> share, List<Measured> beside) implements Answer {
        @Override
        public void print(Console console) {
            Table table =
                    beside.isEmpty()
                            ? new Table("", ">share")
                            : new Table("", ">share", ">beside", ">of it");
            for (int i = 0; i < share.size(); i++) {
                Measured here = share.get(i);
                if (beside.isEmpty()) {
                    table.row(here.what(), rate(here));
                } else {
                    Measured there = beside.get(i);
                    table.row(
                            here.what(),
                            rate(here),
                            rate(there),
                            String.format(
                                    Locale.ROOT, "%.2f", (double) there.nanos() / here.nanos()));
                }
            }
            table.print(console);
        }

        private static String rate(Measured measured) {
            double seconds = Math.max(1, measured.nanos()) / 1e9;
            return measured.bytes() == 0 || measured.bytes() / measured.operations() < BLOCK
                    ? String.format(Locale.ROOT, "%.0f/s", measured.operations() / seconds)
                    : Quantity.bytes((long) (measured.bytes() / seconds) / BLOCK * BLOCK) + "/s";
        }
    }
}
