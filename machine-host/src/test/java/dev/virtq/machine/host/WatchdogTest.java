package dev.virtq.machine.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchdogTest {
    @TempDir private Path root;
    private Path function;
    private Path memory;

    @BeforeEach
    void hasADeviceOnTheBus() throws IOException {
        function = new FakeComputer(root).net("0000:00:03.0");
        FakeComputer.poke(function.resolve("config"), 4, 0x06, 0x05);
        memory = Files.createFile(root.resolve("memory"));
    }

    @Test
    void takesTheDeviceOffTheBusWhenThePipeCloses() throws Exception {
        Process shell = script();
        String ready = new String(shell.getInputStream().readNBytes(6), StandardCharsets.US_ASCII);
        assertThat(ready).isEqualTo("ready\n");
        assertThat(openFiles(shell)).contains(memory.toRealPath());

        shell.getOutputStream().close();

        assertThat(shell.waitFor(5, TimeUnit.SECONDS)).isTrue();
        assertThat(FakeComputer.command(function)).isEqualTo(0x0502);
        assertThat(function.resolve("config")).hasSize(4096);
        byte[] window =
                Arrays.copyOfRange(Files.readAllBytes(function.resolve("config")), 0xa0, 0xb4);
        assertThat(window)
                .startsWith(0x09, 0x00, 0x14, 0x05) // as it was
                .endsWith(4, 0, 0, 0, 0x14, 0x02, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0); // 0 is the status;
    }

    @Test
    void whatEndsOtherProcessesDoesNotEndIt() throws Exception {
        Process shell = script();
        assertThat(shell.getInputStream().readNBytes(6)).hasSize(6);
        for (String signal : new String[] {"HUP", "INT", "QUIT", "TERM"}) {
            new ProcessBuilder("kill", "-" + signal, String.valueOf(shell.pid())).start().waitFor();
        }
        assertThat(shell.waitFor(200, TimeUnit.MILLISECONDS)).isFalse();

        shell.getOutputStream().close();

        assertThat(shell.waitFor(5, TimeUnit.SECONDS)).isTrue();
        assertThat(FakeComputer.command(function)).isEqualTo(0x0502);
    }

    @Test
    void oneThatIsDismissedTouchesNothing() throws Exception {
        long before = watchdogs();
        Watchdog watchdog =
                Watchdog.start(memory, function.resolve("config"), 0x0502, Optional.empty());
        assertThat(watchdogs()).isEqualTo(before + 1);

        watchdog.dismiss();

        assertThat(watchdogs()).isEqualTo(before);
        assertThat(FakeComputer.command(function)).isEqualTo(0x0506);
        watchdog.dismiss();
    }

    @Test
    void oneThatCannotOpenTheMemoryDoesNotStart() {
        long before = watchdogs();
        assertThatThrownBy(() ->
                        Watchdog.start(
                                root.resolve("nothing"),
                                function.resolve("config"),
                                0x0502,
                                Optional.empty()))
                .isInstanceOf(IOException.class)
                .hasMessage("the watchdog (/bin/sh) did not get ready, but said: null");
        assertThat(watchdogs()).isEqualTo(before);
    }

    private Process script() throws IOException {
        try (var text = Watchdog.class.getResourceAsStream("watchdog.sh")) {
            return new ProcessBuilder(
                            "/bin/sh",
                            "-c",
                            new String(text.readAllBytes(), StandardCharsets.UTF_8),
                            "virtq-watchdog",
                            memory.toString(),
                            function.resolve("config").toString(),
                            "\\002\\005",
                            "160", // the window through which BARs are reached
                            "\\004",
                            "\\024\\002\\000\\000")
                    .start();
        }
    }

    private static Iterable<Path> openFiles(Process process) throws IOException {
        try (var files = Files.list(Path.of("/proc/%d/fd".formatted(process.pid())))) {
            return files.map(WatchdogTest::target).toList();
        }
    }

    private static Path target(Path link) {
        try {
            return Files.readSymbolicLink(link);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** {@return how many run beside this JVM} */
    static long watchdogs() {
        return ProcessHandle.current()
                .children()
                .filter(child ->
                        child.info().arguments().stream()
                                .flatMap(Arrays::stream)
                                .anyMatch("virtq-watchdog"::equals))
                .count();
    }
}
