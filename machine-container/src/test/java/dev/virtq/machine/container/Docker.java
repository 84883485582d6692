package dev.virtq.machine.container;

import dev.virtq.testing.Prerequisite;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** The engine that container tests need, and a look at it from outside. */
final class Docker {
    private Docker() {}

    /** Skips the test that calls, or fails it where virtq.require says so. */
    static void require() {
        Optional<String> missing = DockerEngine.ofThisComputer().whatIsMissing();
        Prerequisite.CONTAINER.check(missing.isEmpty(), missing.orElse(""));
    }

    /** The ids of virtq's containers of one JVM, running or not. */
    static List<String> containersOf(long pid) throws IOException, InterruptedException {
        return run(
                        "docker",
                        "ps",
                        "--all",
                        "--no-trunc",
                        "--format",
                        "{{.ID}} {{.Label \"" + Confinement.LABEL + "\"}}",
                        "--filter",
                        "label=" + Confinement.LABEL)
                .lines()
                .filter(line -> line.contains("virtq-" + pid + "-"))
                .map(line -> line.substring(0, line.indexOf(' ')))
                .toList();
    }

    static List<String> containersOfThisJvm() throws IOException, InterruptedException {
        return containersOf(ProcessHandle.current().pid());
    }

    static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
        return output;
    }
}
