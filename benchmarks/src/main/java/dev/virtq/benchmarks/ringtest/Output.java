package dev.virtq.benchmarks.ringtest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What a program prints: no more than fits into a pipe. */
final class Output {
    private Output() {}

    static String of(List<String> command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try {
            int status =
                    process.waitFor(); // which ends when it is interrupted, as reading does not
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (status != 0) {
                throw new IOException(command.getFirst() + " ended with status " + status);
            }
            return output;
        } finally {
            process.destroyForcibly();
        }
    }
}
