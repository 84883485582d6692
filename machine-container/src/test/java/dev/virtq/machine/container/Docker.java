package dev.virtq.machine.container;

import dev.virtq.machine.qemu.QemuException;
import dev.virtq.testing.Prerequisite;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.testcontainers.DockerClientFactory;

/** The engine that container tests need, and a look at it from outside. */
final class Docker {
    /** Asked once: building the image takes a while, and its failure too. */
    private static final class Once {
        static final String MISSING = missing();
    }

    private Docker() {}

    /** Skips the test that calls, or fails it where virtq.require says so. */
    static void require() {
        Prerequisite.CONTAINER.check(Once.MISSING.isEmpty(), Once.MISSING);
    }

    /** What is missing for containers to run, in one line; empty when nothing is. */
    private static String missing() {
        try {
            EngineSocket engine = DockerEngine.ofThisComputer().find();
            HelperImages.check(engine, System.getenv());
            BuiltImage.DEFAULT.ensure(
                    DockerClientFactory.instance().client(), new LoggedProgress());
            return "";
        } catch (QemuException failure) {
            return String.valueOf(failure.getMessage());
        }
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
