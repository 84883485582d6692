package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Quantity;
import dev.virtq.cli.value.CommandException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

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
     * Copies a whole file, or nothing of it.
     *
     * @param replace whether what is there may be replaced
     */
    CopiedFile copy(Path from, Path to, boolean replace) throws IOException {
        if (Files.isDirectory(from)) {
            throw new CommandException("%s: is a folder (expected: a file)".formatted(from));
        }
        long start = System.nanoTime();
        long bytes = copyBytes(from, to, replace);
        return new CopiedFile(from.toString(), to.toString(), bytes, System.nanoTime() - start);
    }

    private long copyBytes(Path from, Path to, boolean replace) throws IOException {
        try (FileChannel source = FileChannel.open(from, StandardOpenOption.READ);
                Landing landing = Landing.at(to, replace)) {
            long size = source.size();
            long done = 0;
            try {
                ByteBuffer buffer = ByteBuffer.allocate(STEP);
                while (source.read(buffer) >= 0) {
                    buffer.flip();
                    while (buffer.hasRemaining()) {
                        done += landing.channel().write(buffer);
                    }
                    buffer.clear();
                    show(done, size);
                }
                landing.complete();
                return done;
            } catch (ClosedByInterruptException e) {
                throw e;
            } catch (IOException e) {
                throw new IOException(broken(to, e, done, size, landing.leavesNothing()), e);
            }
        } finally {
            if (shown != 0) {
                console.progress("");
            }
        }
    }

    /** {@return what went wrong, how far it had come, and what is left of it} */
    private static String broken(
            Path to, IOException e, long done, long size, boolean leavesNothing) {
        String reason =
                e instanceof FileSystemException file && file.getReason() != null
                        ? file.getReason()
                        : String.valueOf(e.getMessage());
        return "%s: %s (%s of %s were copied, and %s)"
                .formatted(
                        to,
                        reason,
                        Quantity.bytes(done),
                        Quantity.bytes(Math.max(size, done)),
                        leavesNothing ? "nothing of it is left" : "stay there");
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
