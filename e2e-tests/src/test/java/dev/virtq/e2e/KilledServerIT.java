package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.DeviceType;
import dev.virtq.drivers.fs.VirtioFileSystem;
import dev.virtq.drivers.fs.fuse.FuseDisconnectedException;
import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.machine.MachineProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server can end at any moment. Whoever waits for it hears of it, and nothing is lost here. */
@Timeout(120)
class KilledServerIT {
    private static final int THREADS = 32;
    private static final int ROUNDS = 6;
    private static final int ROUNDS_OF_QEMU = 3;

    @TempDir private Path folder;

    @Test
    void everyWaiterHearsWithinASecondAndTheShareIsMountedAgain() throws Exception {
        Path onHost = Files.createDirectory(folder.resolve("share"));
        long openBefore = 0;
        BackEnd server = BackEnds.virtiofsd(folder, onHost);
        try (Machine machine = server.machine()) {
            long available = machine.memory().available();
            for (int round = 0; round < ROUNDS; round++) {
                BackEnd victim = server;
                boolean standsStill = round % 2 == 1; // so that all wait when it dies
                useUntilKilled(
                        machine,
                        "vhost-user, round " + round,
                        () -> {
                            if (standsStill) {
                                victim.stop();
                                Thread.sleep(100);
                            }
                            long killed = System.nanoTime();
                            victim.kill();
                            return killed;
                        });
                assertThat(machine.memory().available()).isEqualTo(available);
                server.close();
                long open = openFiles();
                openBefore = round == 0 ? open : openBefore; // the JVM's own are open by now
                assertThat(open).isEqualTo(openBefore);
                server = BackEnds.virtiofsd(folder, onHost);
            }
            checkItCanBeUsed(machine, onHost);
        } finally {
            server.close();
        }
    }

    /** QEMU connects to its server once: it ends with it. */
    @ParameterizedTest
    @ValueSource(strings = {"qemu-local", "qemu"})
    void throughQemuTheyDoToo(String kind) throws Exception {
        Path onHost = Files.createDirectory(folder.resolve("share"));
        MachineProvider provider = Machines.require(kind);
        if (kind.equals("qemu-local")) {
            BackEnds.requireVirtiofsd();
        }
        long openBefore = 0;
        for (int round = 0; round < ROUNDS_OF_QEMU; round++) {
            try (Machine machine = provider.start(MachineOptions.DEFAULT.withShare(onHost))) {
                useUntilKilled(
                        machine, "%s, round %d".formatted(kind, round), () -> killServerOf(onHost));
            }
            long open = openFiles();
            openBefore = round == 0 ? open : openBefore;
            assertThat(open).isEqualTo(openBefore);
        }
        try (Machine machine = provider.start(MachineOptions.DEFAULT.withShare(onHost))) {
            checkItCanBeUsed(machine, onHost);
            checkItCanBeUsed(machine, onHost); // a share that was closed leaves it to the next
        }
    }

    /** Ends a server, and tells when. */
    @FunctionalInterface
    private interface Killing {
        long kill() throws Exception;
    }

    private static void useUntilKilled(Machine machine, String what, Killing killing)
            throws Exception {
        VirtioFileSystem share = VirtioFileSystem.mount(machine.transport(DeviceType.FILE_SYSTEM));
        Path own = Files.createTempDirectory(share.getPath("/"), "round");
        ShareUnderLoad load = ShareUnderLoad.start(own, THREADS);
        while (load.done() < 5 * THREADS) {
            Thread.sleep(10);
        }
        long killed = killing.kill();
        List<ShareUnderLoad.End> ends = load.ends();
        long last = ends.stream().mapToLong(ShareUnderLoad.End::when).max().orElseThrow();
        Duration longest = Duration.ofNanos(last - killed);
        long closing = System.nanoTime();
        share.close();
        System.out.printf(
                "killed: %s: %d threads heard within %d ms, closed in %d ms: %s%n",
                what,
                THREADS,
                longest.toMillis(),
                Duration.ofNanos(System.nanoTime() - closing).toMillis(),
                ends.getFirst().failure().getMessage());
        assertThat(ends)
                .extracting(ShareUnderLoad.End::failure)
                .allSatisfy(failure ->
                        assertThat(failure)
                                .isInstanceOf(FuseDisconnectedException.class)
                                .hasMessageContaining("cannot be used any more"));
        assertThat(longest).isLessThan(Duration.ofSeconds(1));
        assertThat(machine.memory().quarantined()).as("bytes that were lost").isZero();
    }

    private static long killServerOf(Path onHost) {
        List<ProcessHandle> servers =
                ProcessHandle.allProcesses()
                        .filter(process ->
                                process.info().command().orElse("").endsWith("virtiofsd"))
                        .filter(process ->
                                process.info()
                                        .commandLine()
                                        .orElse("")
                                        .contains("=" + onHost + " "))
                        .toList();
        assertThat(servers).hasSize(1);
        long killed = System.nanoTime();
        servers.getFirst().destroyForcibly();
        return killed;
    }

    private static void checkItCanBeUsed(Machine machine, Path onHost) throws Exception {
        String text = "after all this, at " + System.nanoTime();
        try (VirtioFileSystem share =
                VirtioFileSystem.mount(machine.transport(DeviceType.FILE_SYSTEM))) {
            Files.writeString(share.getPath("/after"), text);
        }
        assertThat(onHost.resolve("after")).hasContent(text);
    }

    private static long openFiles() throws IOException {
        try (Stream<Path> numbers = Files.list(Path.of("/proc/self/fd"))) {
            return numbers.count();
        }
    }
}
