package dev.virtq.machine.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeathOfTheJvmTest {
    private static final String QEMU = "/usr/bin/qemu-system-x86_64";
    private static final Duration SOON = Duration.ofSeconds(2);

    @TempDir private Path folder;

    @BeforeAll
    static void needsAnEngine() {
        Docker.require();
    }

    @Test
    void aKilledJvmLeavesNothing() throws Exception {
        Process jvm = start();
        try (BufferedReader output = jvm.inputReader()) {
            assertThat(output.readLine()).isEqualTo("starting");
            assertThat(output.readLine()).startsWith("ready");
            assertThat(Docker.containersOf(jvm.pid())).hasSize(1);
            assertThat(processesOf(jvm.pid())).anyMatch(line -> line.startsWith(QEMU));
            assertThat(sharedFilesOf(jvm.pid())).isEmpty();
        } finally {
            jvm.destroyForcibly();
        }
        assertNothingIsLeftOf(jvm);
    }

    @Test
    void aJvmThatIsKilledWhileTheMachineStartsLeavesNothing() throws Exception {
        Process jvm = start();
        try (BufferedReader output = jvm.inputReader()) {
            assertThat(output.readLine()).isEqualTo("starting");
            long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (processesOf(jvm.pid()).stream().noneMatch(line -> line.startsWith(QEMU))
                    && System.nanoTime() < deadline) {
                Thread.sleep(1);
            }
        } finally {
            jvm.destroyForcibly();
        }
        assertNothingIsLeftOf(jvm);
    }

    @Test
    void aJvmThatIsKilledAsSoonAsItsContainerExistsLeavesNothing() throws Exception {
        Process jvm = start();
        try (BufferedReader output = jvm.inputReader()) {
            assertThat(output.readLine()).isEqualTo("starting");
            long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (Docker.containersOf(jvm.pid()).isEmpty() && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
        } finally {
            jvm.destroyForcibly();
        }
        assertNothingIsLeftOf(jvm);
    }

    @Test
    void aJvmThatReturnsWithoutClosingAnythingEndsInSilenceAndLeavesNothing() throws Exception {
        Path errors = folder.resolve("errors");
        Process jvm = builder("return").redirectError(errors.toFile()).start();
        assertThat(jvm.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(errors).isEmptyFile();
        assertThat(jvm.exitValue()).isZero();
        assertNothingIsLeftOf(jvm);
    }

    @Test
    void aJvmWithNoneOfTestcontainersVariablesWaitsForNoRegistry() throws Exception {
        Path errors = folder.resolve("errors");
        ProcessBuilder builder = builder("return");
        builder.environment().keySet().removeIf(name -> name.startsWith("TESTCONTAINERS_"));
        Process jvm = builder.redirectError(errors.toFile()).start();
        try {
            // Where a registry answers the machine starts, with Testcontainers' own helpers.
            assertThat(jvm.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            jvm.destroyForcibly();
        }
        if (jvm.exitValue() != 0) {
            assertThat(Files.readString(errors))
                    .contains("QemuException: Testcontainers wants its image testcontainers/ryuk")
                    .contains("set TESTCONTAINERS_RYUK_DISABLED=true in the environment");
        }
        assertNothingIsLeftOf(jvm);
    }

    private static Process start() throws IOException {
        return builder().redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private static ProcessBuilder builder(String... arguments) {
        String path =
                Stream.of("jdk.module.path", "java.class.path")
                        .map(name -> System.getProperty(name, ""))
                        .filter(text -> !text.isEmpty())
                        .reduce(
                                Path.of("target", "test-classes").toAbsolutePath().toString(),
                                (left, right) -> left + File.pathSeparator + right);
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        // As ./virtq does: JNA, which Testcontainers brings, would have the JVM warn.
        command.add("--sun-misc-unsafe-memory-access=allow");
        command.addAll(List.of("-cp", path));
        String logging = System.getProperty("java.util.logging.config.file");
        if (logging != null) {
            command.add("-Djava.util.logging.config.file=" + logging);
        }
        command.add(MachineToBeKilled.class.getName());
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }

    private static void assertNothingIsLeftOf(Process jvm) throws Exception {
        long killed = System.nanoTime();
        jvm.waitFor();
        List<String> left = leftOf(jvm.pid());
        while (!left.isEmpty() && System.nanoTime() - killed < SOON.toNanos()) {
            Thread.sleep(5);
            left = leftOf(jvm.pid());
        }
        assertThat(left).isEmpty();
    }

    private static List<String> leftOf(long pid) throws IOException, InterruptedException {
        List<String> left = new ArrayList<>();
        left.addAll(processesOf(pid));
        left.addAll(sharedFilesOf(pid));
        left.addAll(Docker.containersOf(pid));
        return left;
    }

    private static List<String> sharedFilesOf(long pid) throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/dev/shm"))) {
            return files.map(Path::toString)
                    .filter(name -> name.contains("-" + pid + "-"))
                    .toList();
        }
    }

    /** QEMU and its watchdogs, by their command lines, which name the machine's folder. */
    private static List<String> processesOf(long pid) {
        return ProcessHandle.allProcesses()
                .map(process -> process.info().commandLine().orElse(""))
                .filter(line -> line.contains("/virtq-" + pid + "-"))
                .toList();
    }
}
