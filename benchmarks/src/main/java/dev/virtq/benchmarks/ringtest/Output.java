package dev.virtq.benchmarks.ringtest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What a program prints. */
final class Output {
    private Output() {}

    static String of(List<String> command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try {
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int status = process.waitFor();
            if (status != 0) {
                throw new IOException(command.getFirst() + " ended with status " + status);
            }
            return output;
        } finally {
            process.destroyForcibly();
        }
    }
}
