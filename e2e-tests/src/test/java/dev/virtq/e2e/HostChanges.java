package dev.virtq.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Another process that makes, renames and deletes files and folders in a folder of this computer,
 * until it is told to stop.
 */
final class HostChanges implements AutoCloseable {
    /** Names are taken by turns, so that each is a file, then gone, then another file. */
    private static final String SCRIPT =
            """
            round=0
            while [ ! -e stop ]; do
                n=$((round % 7))
                mkdir -p "d$n/sub"
                echo "round $round" > "d$n/a"
                echo "round $round" > "d$n/sub/b"
                ln -sf a "d$n/link"
                mv "d$n/a" "d$n/sub/c"
                mv "d$n" "e$n"
                rm -r "e$(((round + 3) % 7))" 2>/dev/null
                [ ! -d "e$n" ] || mv "e$n" "d$n"
                round=$((round + 1))
            done
            rm stop
            echo $round
            """;

    private final Path folder;
    private final Process process;

    private HostChanges(Path folder, Process process) {
        this.folder = folder;
        this.process = process;
    }

    static HostChanges in(Path folder) throws IOException {
        return new HostChanges(
                folder,
                new ProcessBuilder("timeout", "-s", "KILL", "120", "sh", "-c", SCRIPT)
                        .directory(folder.toFile())
                        .start());
    }

    /** Stops it. {@return how many rounds it made} */
    int stop() throws IOException, InterruptedException {
        Files.createFile(folder.resolve("stop"));
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            throw new AssertionError("the shell does not stop");
        }
        String said =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.exitValue() != 0) {
            throw new AssertionError("the shell has failed; it said: " + said);
        }
        return Integer.parseInt(said);
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
