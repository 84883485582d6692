package dev.virtq.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs {@code ./virtq} as a user does: a process of its own, its words, its exit status. */
final class Launcher {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private Launcher() {}

    /**
     * What came of it.
     *
     * @param status the exit status
     * @param out what it printed
     * @param err what it complained
     */
    record Outcome(int status, String out, String err) {
        List<String> outLines() {
            return out.lines().toList();
        }

        List<String> errLines() {
            return err.lines().toList();
        }
    }

    static Outcome virtq(String... arguments) throws Exception {
        return virtqWithInput("", arguments);
    }

    static Outcome virtqWithInput(String input, String... arguments) throws Exception {
        Process process = start(arguments);
        CompletableFuture<String> out = read(process.getInputStream());
        CompletableFuture<String> err = read(process.getErrorStream());
        try (var stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException ended) {
            // It may have ended without reading: what it printed says why.
        }
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(
                    "virtq %s did not end within %s s; it printed: %s %s"
                            .formatted(
                                    List.of(arguments),
                                    PATIENCE.toSeconds(),
                                    out.join(),
                                    err.join()));
        }
        return new Outcome(process.exitValue(), out.join(), err.join());
    }

    static Process start(String... arguments) throws IOException {
        return start(List.of(), arguments);
    }

    /** Starts virtq so that it hears a signal, even where this build was told to ignore it. */
    static Process startHearing(String signal, String... arguments) throws IOException {
        return start(List.of("env", "--default-signal=" + signal), arguments);
    }

    private static Process start(List<String> before, String... arguments) throws IOException {
        List<String> words = new ArrayList<>(before);
        words.add(top().resolve("virtq").toString());
        words.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().put("VIRTQ_BUILD", "never"); // this build has just made it
        builder.directory(top().toFile());
        return builder.start();
    }

    /** The top of the source tree: where the launcher is. */
    static Path top() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.isExecutable(folder.resolve("virtq"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new AssertionError("no ./virtq above " + Path.of("").toAbsolutePath());
            }
        }
        return folder;
    }

    private static CompletableFuture<String> read(InputStream stream) {
        return CompletableFuture.supplyAsync(() -> {
            try (stream) {
                return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
