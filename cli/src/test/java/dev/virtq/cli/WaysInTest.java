package dev.virtq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ways in: a command of its own, a list of commands, a script, a pipe. */
class WaysInTest {
    @Test
    void aCommandIsTypedDirectly() {
        VirtqRun run = VirtqRun.of("--machine", "sim", "devices");

        assertThat(run.status()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .isEqualTo(
                        """
                           device  type  location         driven by
                        *  net0    net   in this process  nobody
                        """);
    }

    @Test
    void machineOptionsStandBeforeOrAfterTheCommand() {
        assertThat(VirtqRun.of("devices", "--machine", "sim").out())
                .isEqualTo(VirtqRun.of("--machine", "sim", "devices").out());
    }

    @Test
    void aListOfCommandsSharesOneMachine() {
        VirtqRun run = VirtqRun.sim("queue 1 send --readable zero:12 --no-kick", "queue 1 --json");

        assertThat(run.status()).isZero();
        assertThat(run.lines().getLast()).contains("\"available\":1");
    }

    @Test
    void aListGoesOnAfterAFailureAndRemembersIt() {
        VirtqRun run = VirtqRun.sim("use vga0", "status");

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).hasLineCount(1);
        assertThat(run.out()).startsWith("net0: status 0x00, driven by nobody\n");
    }

    @Test
    void optionsAfterAListHoldForAllOfIt(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("hello.txt"), "hello");
        Path target = folder.resolve("out.txt");

        VirtqRun run =
                VirtqRun.sim(
                        "net dhcp",
                        "net tftp get /hello.txt -o '" + target + "'",
                        "queue 1",
                        "--tftp",
                        folder.toString(),
                        "--json");

        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        assertThat(target).hasContent("hello");
        assertThat(run.documents()).hasSize(3);
        assertThat(run.documents().get(0).get("address").asString()).isEqualTo("10.0.2.15");
        assertThat(run.documents().get(1).get("bytes").asInt()).isEqualTo(5);
        assertThat(run.documents().get(2).get("name").asString()).isEqualTo("transmitq1");
        assertThat(run.documents().get(2).get("indices").get("available").asInt())
                .isGreaterThanOrEqualTo(4);
    }

    @Test
    void quitEndsAListWithoutAnError() {
        VirtqRun run = VirtqRun.sim("quit", "status");

        assertThat(run.status()).isZero();
        assertThat(run.out()).isEmpty();
    }

    @Test
    void aPipeIsReadLineByLineAndGetsNoEscapeCodes() {
        VirtqRun run =
                VirtqRun.reading(
                        "devices\n\n# a comment\nqueues\nqueue 0\n", "shell", "--machine", "sim");

        assertThat(run.status()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .startsWith("   device  type")
                .contains("transmitq1")
                .contains("queue 0 (receiveq1) of net0: split ring, 256 slots\n")
                .doesNotContain("\u001b");
    }

    @Test
    void aPipeGoesOnAfterAnErrorAndEndsWithItsStatus() {
        VirtqRun run = VirtqRun.reading("queue 7\nstatus\n", "shell", "--machine", "sim");

        assertThat(run.err()).hasLineCount(1);
        assertThat(run.out()).startsWith("net0: status 0x00");
        assertThat(run.status()).isEqualTo(1);
    }

    @Test
    void aLastLineWithoutAnEndIsCarriedOut() {
        assertThat(VirtqRun.reading("devices", "shell", "--machine", "sim").out()).contains("net0");
    }

    @Test
    void aScriptStopsAtItsFirstErrorAndNamesTheLine(@TempDir Path folder) throws IOException {
        Path script = folder.resolve("drive.virtq");
        Files.writeString(script, "# look around\nstatus   # the status\n\nqueue 7\nqueues\n");

        VirtqRun run = VirtqRun.of("run", script.toString(), "--machine", "sim");

        assertThat(run.err())
                .isEqualTo(
                        "virtq: %s:4: there is no queue 7 (expected: 0..1, or receiveq1, transmitq1)\n"
                                .formatted(script));
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).contains("net0: status").doesNotContain("transmitq1");
    }

    @Test
    void aScriptGoesOnWhenToldTo(@TempDir Path folder) throws IOException {
        Path script = folder.resolve("drive.virtq");
        Files.writeString(script, "queue 7\nqueues\n");

        VirtqRun run = VirtqRun.of("run", script.toString(), "--machine", "sim", "--keep-going");

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).contains("transmitq1");
    }

    @Test
    void helpTellsOfEveryCommandWithoutAMachine() {
        VirtqRun run = VirtqRun.sim("help", "help queue", "help net ping", "net ping --help");

        assertThat(run.status()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .contains("devices", "mem", "quit", "--across-hole", "Usage: queue ", "kick");
    }

    @Test
    void helpOfTheProgramShowsItsOptions() {
        VirtqRun run = VirtqRun.of("--help");

        assertThat(run.status()).isZero();
        assertThat(run.out()).contains("--machine", "--qemu-arg", "shell", "exec", "run");
    }
}
