package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceType;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.machine.Machine;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A back end can end at any moment. Whoever waits for it hears of it at once. */
@Timeout(60)
class LostBackEndIT {
    private static final Duration LIMIT = Duration.ofSeconds(1);

    @TempDir Path folder;

    @Test
    void aWaiterHearsWithinASecondThatItsBackEndWasKilled() throws Exception {
        long before = OpenFiles.ofVirtq();
        try (BackEnd dpdk = BackEnds.testpmd(folder, "rxonly");
                Machine machine = dpdk.machine()) {
            CountDownLatch waiting = new CountDownLatch(1);
            FutureTask<Throwable> waiter =
                    new FutureTask<>(() -> {
                        try (NetDevice net =
                                NetDevice.open(machine.transport(DeviceType.NETWORK))) {
                            waiting.countDown();
                            return catchThrowable(() -> net.receive(Duration.ofMinutes(1)));
                        }
                    });
            Thread.ofVirtual().start(waiter);
            assertThat(waiting.await(10, TimeUnit.SECONDS)).isTrue();
            Thread.sleep(300); // until it sleeps, and does not spin any more
            assertThat(waiter.isDone()).isFalse();

            long killed = System.nanoTime();
            dpdk.kill();

            assertThat(waiter.get(10, TimeUnit.SECONDS)).isInstanceOf(DeviceLostException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - killed)).isLessThan(LIMIT);
        }
        assertThat(OpenFiles.ofVirtq()).as("sockets, eventfds and memory files").isEqualTo(before);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aCommandThatWaitsSaysInOneLineThatItsBackEndIsGone() throws Exception {
        try (BackEnd dpdk = BackEnds.testpmd(folder, "rxonly")) {
            Process virtq =
                    Launcher.start(
                            "exec",
                            "--machine",
                            dpdk.machineName(),
                            "queue 0 send --writable 2048",
                            "queue 0 poll --wait 50s");
            List<String> complaints;
            long killed;
            try (BufferedReader out = reader(virtq);
                    BufferedReader err = virtq.errorReader(StandardCharsets.UTF_8)) {
                awaitLine(out, "sending 1 on queue 0");
                Thread.sleep(200);
                killed = System.nanoTime();
                dpdk.kill();
                complaints = err.readAllLines();
            }
            assertThat(virtq.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - killed))
                    .isLessThan(LIMIT.plus(LIMIT)); // the end of a JVM, too
            assertThat(virtq.exitValue()).isEqualTo(1);
            assertThat(complaints).hasSize(1);
            assertThat(complaints.getFirst())
                    .startsWith("virtq: the back end ")
                    .contains("closed")
                    .endsWith(
                            "; when it is there again, 'reconnect' goes on and 'reset' begins anew");
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aBackEndThatIsStartedAgainIsReachedAfterAReset() throws Exception {
        Process shell =
                Launcher.start("shell", "--machine", "vhost-user:" + folder.resolve("net.sock"));
        try (BackEnd _ = BackEnds.testpmd(folder, "io")) {
            BufferedReader out = reader(shell);
            say(shell, "queue 0 send --writable 2048");
            awaitLine(out, "sending 1 on queue 0");
        }
        try (BackEnd _ = BackEnds.testpmd(folder, "io");
                BufferedReader out = reader(shell)) {
            say(shell, "reset");
            say(shell, "queue 0 send --writable 2048");
            say(shell, "queue 1 send --readable zero:12 --readable text:....a-frame-back-again");
            say(shell, "queue 0 poll --wait 5s");
            shell.getOutputStream().close();
            List<String> lines = out.readAllLines();
            assertThat(String.join("\n", lines))
                    .as(() -> String.join("\n", shell.errorReader().lines().toList()))
                    .contains("net0: reset")
                    .contains("|a-frame-back-aga|");
        } finally {
            shell.destroyForcibly().waitFor();
        }
    }

    /**
     * The other way round: memory without a name and eventfds go with the process that made them.
     */
    @Test
    void aDriverThatWasKilledLeavesTheBackEndToTheNext() throws Exception {
        Path disk = Files.write(folder.resolve("disk.img"), new byte[64 * 1024]);
        try (BackEnd daemon = BackEnds.storageDaemon(folder, disk)) {
            for (int time = 0; time < 2; time++) {
                Process shell = Launcher.start("shell", "--machine", daemon.machineName());
                try (BufferedReader out = reader(shell)) {
                    say(shell, "queue 0 send --readable zero:16 --writable 512 --writable 1");
                    say(shell, "queue 0 poll --wait 5s");
                    awaitLine(out, "sending 1 on queue 0: used, 513 bytes");
                } finally {
                    shell.destroyForcibly().waitFor();
                }
            }
        }
    }

    private static BufferedReader reader(Process process) {
        return process.inputReader(StandardCharsets.UTF_8);
    }

    private static void say(Process shell, String line) throws IOException {
        shell.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        shell.getOutputStream().flush();
    }

    private static void awaitLine(BufferedReader out, String beginning) throws IOException {
        String line;
        do {
            line = out.readLine();
            assertThat(line).as("virtq ended before it said: " + beginning).isNotNull();
        } while (!line.startsWith(beginning));
    }
}
