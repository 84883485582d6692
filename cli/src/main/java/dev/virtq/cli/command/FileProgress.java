package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Quantity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/** Copies a file and shows how far it has come, on a terminal. */
final class FileProgress {
    private static final int STEP = 4 << 20;
    private static final int WIDTH = 30;
    private static final long REFRESH_NANOS = 100_000_000;

    private final Console console;
    private final boolean visible;
    private long shown;

    FileProgress(Console console, boolean visible) {
        this.console = console;
        this.visible = visible;
    }

    /**
     * Copies.
     *
     * @param replace whether what is there may be replaced
     */
    CopiedFile copy(Path from, Path to, boolean replace) throws IOException {
        long start = System.nanoTime();
        long bytes = copyBytes(from, to, replace);
        return new CopiedFile(from.toString(), to.toString(), bytes, System.nanoTime() - start);
    }

    private long copyBytes(Path from, Path to, boolean replace) throws IOException {
        Set<StandardOpenOption> how =
                replace
                        ? Set.of(
                                StandardOpenOption.WRITE,
                                StandardOpenOption.CREATE,
                                StandardOpenOption.TRUNCATE_EXISTING)
                        : Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        long size = Files.size(from);
        long done = 0;
        try (FileChannel source = FileChannel.open(from, StandardOpenOption.READ);
                FileChannel target = FileChannel.open(to, how)) {
            ByteBuffer buffer = ByteBuffer.allocate(STEP);
            while (source.read(buffer) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    done += target.write(buffer);
                }
                buffer.clear();
                show(done, size);
            }
        } finally {
            if (shown != 0) {
                console.progress("");
            }
        }
        return done;
    }

    private void show(long done, long size) {
        long now = System.nanoTime();
        if (!visible || (shown != 0 && now - shown < REFRESH_NANOS)) {
            return;
        }
        shown = now;
        long all = Math.max(size, done);
        int filled = all == 0 ? WIDTH : (int) (WIDTH * done / all);
        console.progress(
                "[%s%s] %s of %s"
                        .formatted(
                                "#".repeat(filled),
                                " ".repeat(WIDTH - filled),
                                Quantity.bytes(done),
                                Quantity.bytes(all)));
    }
}
