package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A JVM that is killed cannot clean up; nothing may be left all the same. */
class KilledJvmIT {
    private static final Duration LIMIT = Duration.ofSeconds(2);

    @ParameterizedTest
    @ValueSource(strings = {"qemu", "qemu-local"})
    void leavesNothingWithinTwoSeconds(String machine) throws Exception {
        Machines.require(machine);
        Set<Path> filesBefore = sharedMemoryFiles();
        Set<Long> processesBefore = qemuProcesses();
        List<String> containersBefore = containers();

        Process shell = Launcher.start("shell", "--machine", machine);
        try (BufferedReader out =
                new BufferedReader(
                        new InputStreamReader(shell.getInputStream(), StandardCharsets.UTF_8))) {
            shell.getOutputStream()
                    .write("net ping 10.0.2.2 -c 1\n".getBytes(StandardCharsets.UTF_8));
            shell.getOutputStream().flush();
            String line;
            do {
                line = out.readLine();
                assertThat(line).as("the shell ended before it had pinged").isNotNull();
            } while (!line.contains("packet loss"));
            assertThat(qemuProcesses()).as("QEMU runs").isNotEqualTo(processesBefore);
            shell.destroyForcibly();
        }
        long killed = System.nanoTime();
        while (!(qemuProcesses().equals(processesBefore)
                && sharedMemoryFiles().equals(filesBefore)
                && containers().equals(containersBefore))) {
            Duration waited = Duration.ofNanos(System.nanoTime() - killed);
            assertThat(waited)
                    .as(
                            "processes %s, files %s, containers %s",
                            qemuProcesses(), sharedMemoryFiles(), containers())
                    .isLessThan(LIMIT);
            Thread.sleep(20);
        }
    }

    private static Set<Long> qemuProcesses() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().command().orElse("").contains("qemu-system"))
                .map(ProcessHandle::pid)
                .collect(Collectors.toSet());
    }

    private static Set<Path> sharedMemoryFiles() throws Exception {
        Path folder = Path.of("/dev/shm");
        if (!Files.isDirectory(folder)) {
            return Set.of();
        }
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().startsWith("virtq"))
                    .collect(Collectors.toSet());
        }
    }

    private static List<String> containers() throws Exception {
        Process docker;
        try {
            docker = new ProcessBuilder("docker", "ps", "-aq").redirectErrorStream(true).start();
        } catch (java.io.IOException noClient) {
            return List.of();
        }
        String listed = new String(docker.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return docker.waitFor() == 0 ? listed.lines().sorted().toList() : List.of();
    }
}
