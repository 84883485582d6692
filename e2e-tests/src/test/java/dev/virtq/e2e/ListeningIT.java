package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.DeviceType;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.e2e.Launcher.Outcome;
import dev.virtq.machine.Machine;
import java.io.BufferedReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The driver listens, and DPDK connects to it. */
@Timeout(90)
class ListeningIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir Path folder;

    @Test
    void aBackEndThatRunsBeforeIsPinged() throws Exception {
        try (BackEnd dpdk = BackEnds.testpmdThatConnects(folder, "icmpecho")) {
            for (int time = 0; time < 2; time++) { // it connects again
                Outcome outcome =
                        Launcher.virtq(
                                "exec",
                                "--machine",
                                dpdk.machineName(),
                                "net ping 10.0.2.2 -c 5 -i 1ms");
                assertThat(outcome.status()).as(outcome.err()).isZero();
                assertThat(outcome.out())
                        .contains("64 bytes from 10.0.2.2: icmp_seq=4")
                        .contains("5 received, 0% packet loss");
                assertThat(outcome.errLines()).as(outcome.err()).hasSize(1);
                assertThat(outcome.err())
                        .startsWith("virtq: waiting for a back end that connects to " + folder);
                assertThat(folder.resolve("net.sock")).doesNotExist();
            }
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aBackEndThatIsStartedLaterIsWaitedFor() throws Exception {
        Path socket = folder.resolve("net.sock");
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket)); // what it leaves is replaced
        }
        Process virtq =
                Launcher.start(
                        "exec",
                        "--machine",
                        "vhost-user:" + socket + ",listen",
                        "net ping 10.0.2.2 -c 3 -i 1ms");
        try (BufferedReader err = virtq.errorReader(StandardCharsets.UTF_8);
                BufferedReader out = virtq.inputReader(StandardCharsets.UTF_8)) {
            assertThat(err.readLine()).startsWith("virtq: waiting for a back end that connects to");
            try (BackEnd _ = BackEnds.testpmdThatConnects(folder, "icmpecho")) {
                assertThat(String.join("\n", out.readAllLines()))
                        .contains("3 received, 0% packet loss");
                assertThat(virtq.waitFor(10, TimeUnit.SECONDS)).isTrue();
                assertThat(virtq.exitValue()).isZero();
            }
        } finally {
            virtq.destroyForcibly().waitFor();
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void oneMachineMeetsABackEndAndItsSuccessor() throws Exception {
        BackEnd first = BackEnds.testpmdThatConnects(folder, "io");
        try (Machine machine = first.machine()) {
            reflect(machine);
            first.close();
            try (BackEnd _ = BackEnds.testpmdThatConnects(folder, "io")) {
                reflect(machine);
            }
        } finally {
            first.close();
        }
        assertThat(folder).isEmptyDirectory();
    }

    private static void reflect(Machine machine) throws Exception {
        try (NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
            new ReflectedFrames(net, 64, 64).run(1000, 32, PATIENCE);
        }
    }

    /** Nobody comes: the socket goes with the process that waits, however that is told to end. */
    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM", "HUP"})
    void aSignalRemovesTheSocket(String signal) throws Exception {
        Path socket = folder.resolve("net.sock");
        Process virtq =
                Launcher.startHearing(
                        signal, "exec", "--machine", "vhost-user:" + socket + ",listen", "queues");
        try (BufferedReader err = virtq.errorReader(StandardCharsets.UTF_8)) {
            assertThat(err.readLine()).contains("waiting for a back end");
            assertThat(socket).exists();
            Thread.sleep(300); // until it waits
            long start = System.nanoTime();
            kill(virtq, signal);
            assertThat(virtq.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(5));
            assertThat(err.readLine()).isNull();
            assertThat(virtq.exitValue()).isNotZero();
        } finally {
            virtq.destroyForcibly().waitFor();
        }
        assertThat(folder).isEmptyDirectory();
    }

    private static void kill(Process process, String signal) throws Exception {
        Process kill = new ProcessBuilder("kill", "-s", signal, "" + process.pid()).start();
        assertThat(kill.waitFor()).isZero();
    }
}
