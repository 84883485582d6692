package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.Recovery;
import dev.virtq.device.VirtioDevice;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.drivers.net.NetOptions;
import dev.virtq.machine.Machine;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.Transfer;
import dev.virtq.queue.TransferState;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.io.BufferedReader;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Back ends that others wrote are killed and started again, and their driver goes on. */
@Timeout(120)
class ReconnectIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int SECTOR = 512;
    private static final int LIVES = 3;

    @TempDir Path folder;

    @ParameterizedTest(name = "{0}, in order: {1}")
    @CsvSource({"split,false", "split,true", "packed,false", "packed,true"})
    void framesGoOnWhenDpdkWasKilled(String format, boolean inOrder) throws Exception {
        long before = OpenFiles.ofVirtq();
        Machine machine = null;
        NetDevice net = null;
        try {
            int frames = 0;
            for (int life = 1; life <= LIVES; life++) {
                try (BackEnd dpdk = BackEnds.testpmd(folder, "io")) {
                    if (net == null) {
                        machine = dpdk.machine();
                        net = open(machine, format, inOrder);
                    } else {
                        int lost = net.reconnect(PATIENCE);
                        Recovery recovery = net.device().recovery().orElseThrow();
                        if (recovery.resumed() == 0) { // as of DPDK 22.11, which keeps no account
                            assertThat(lost).isPositive();
                            assertThat(recovery.returned()).isGreaterThanOrEqualTo(lost);
                            assertThat(recovery.sentAgain() > 0).isEqualTo(!inOrder);
                        } else {
                            assertThat(recovery.returned() + recovery.sentAgain()).isZero();
                            assertThat(lost).isZero();
                        }
                        drain(net);
                    }
                    new ReflectedFrames(net, 64, 1500).run(2000, 32, PATIENCE);
                    frames += 2000;
                    dpdk.stop(); // with what it was given last on its way
                    flood(net);
                    dpdk.kill();
                }
                awaitLoss(net.device());
            }
            assertThat(frames).isEqualTo(LIVES * 2000);
        } finally {
            if (net != null) {
                net.close();
            }
            if (machine != null) {
                machine.close();
            }
        }
        assertThat(OpenFiles.ofVirtq()).as("sockets, eventfds, memory files").isEqualTo(before);
        assertThat(folder).isEmptyDirectory();
    }

    /** Sends what nobody takes: as many frames as buffers are free. */
    private static void flood(NetDevice net) {
        MemorySegment frame = MemorySegment.ofArray(new byte[64]);
        int offered = 0;
        while (net.offer(frame)) {
            offered++;
        }
        net.flush();
        assertThat(offered).isPositive();
    }

    /** Takes what comes back of that, if anything does. */
    private static void drain(NetDevice net) throws InterruptedException {
        while (net.receive(Duration.ofMillis(300)) != null) {
            // the next one
        }
    }

    /** Nobody stops the clock when it is killed: a request is on its way, or done. */
    @Test
    void aReadGoesOnWhenTheStorageDaemonWasKilled() throws Exception {
        byte[] content = new byte[64 * SECTOR];
        new Random(5).nextBytes(content);
        Path disk = Files.write(folder.resolve("disk.img"), content);
        Path sockets = Files.createDirectory(folder.resolve("sockets"));
        long before = OpenFiles.ofVirtq();
        Machine machine;
        VirtioDevice device;
        Virtqueue queue;
        Transfer asleep;
        try (BackEnd daemon = BackEnds.storageDaemon(sockets, disk)) {
            machine = daemon.machine();
            device = VirtioDevice.open(machine.transport(DeviceType.BLOCK));
            device.negotiate(List.of());
            queue = device.queue(0);
            device.start();
            TransferToken token = read(queue, device.memory(), 7);
            token.send().await(PATIENCE);
            checkSector(token, content, 7);
            daemon.stop(); // it takes no more from the ring, and then is killed
            token.setIdempotent(true);
            asleep = token.send();
            TransferToken other = read(queue, device.memory(), 9);
            other.submit();
            queue.flush();
            daemon.kill();
            awaitLoss(device);
        }
        try (BackEnd daemon = BackEnds.storageDaemon(sockets, disk);
                machine;
                device) {
            device.reconnect(PATIENCE);
            device.negotiate(List.of());
            assertThat(device.queue(0)).isSameAs(queue);
            device.start();
            Recovery recovery = device.recovery().orElseThrow();
            List<TransferToken> returned = queue.takeReturned();
            if (recovery.resumed() == 0) { // as of qemu-storage-daemon 7.2, which keeps no account
                assertThat(recovery).isEqualTo(new Recovery(0, 0, 1, 1));
                assertThat(returned).hasSize(1);
                assertThat(returned.getFirst().state()).isEqualTo(TransferState.PREPARED);
            } else {
                assertThat(recovery).isEqualTo(new Recovery(0, 2, 0, 0));
                assertThat(returned).isEmpty();
                checkSector(queue.poll(PATIENCE), content, 9);
            }
            checkSector(asleep.await(PATIENCE), content, 7);
            for (TransferToken token : returned) {
                token.send().await(PATIENCE);
                checkSector(token, content, 9);
            }
            assertThat(daemon.output()).doesNotContain("inflight");
        }
        assertThat(OpenFiles.ofVirtq()).as("sockets, eventfds, memory files").isEqualTo(before);
    }

    private static TransferToken read(Virtqueue queue, DmaMemory memory, int sector) {
        TransferToken token =
                queue.prepare(
                        BufferList.send(memory.allocate(16))
                                .receive(memory.allocate(SECTOR), memory.allocate(1)));
        token.sending(0).setLong(8, sector); // type IN is 0
        return token;
    }

    private static void checkSector(TransferToken token, byte[] content, int sector) {
        byte[] expected = Arrays.copyOfRange(content, sector * SECTOR, (sector + 1) * SECTOR);
        assertThat(token.received(0).mismatch(MemorySegment.ofArray(expected))).isEqualTo(-1);
        assertThat(token.receiving(1).byteAt(0)).as("status OK").isZero();
    }

    private static NetDevice open(Machine machine, String format, boolean inOrder) {
        return NetDevice.open(
                machine.transport(DeviceType.NETWORK),
                NetOptions.DEFAULT.refusing(DpdkIT.refused(format, inOrder)));
    }

    private static void awaitLoss(VirtioDevice device) throws InterruptedException {
        while (device.transport().lost().isEmpty()) {
            Thread.sleep(1);
        }
        assertThat(catchThrowable(device::readStatus)).isInstanceOf(DeviceLostException.class);
    }

    @Test
    void theShellGoesOnWithWhatWasOnItsWay() throws Exception {
        byte[] content = new byte[64 * SECTOR];
        new Random(6).nextBytes(content);
        Path disk = Files.write(folder.resolve("disk.img"), content);
        Path sockets = Files.createDirectory(folder.resolve("sockets"));
        Process shell =
                Launcher.start(
                        "shell",
                        "--machine",
                        "vhost-user:" + sockets.resolve("blk.sock") + ",type=blk");
        try (BufferedReader out = shell.inputReader(StandardCharsets.UTF_8)) {
            try (BackEnd daemon = BackEnds.storageDaemon(sockets, disk)) {
                say(shell, "queues");
                awaitLine(out, "requestq1");
                daemon.stop();
                say(
                        shell,
                        "queue 0 send --idempotent --readable zero:16 --writable 512 --writable 1");
                awaitLine(out, "sending 1 on queue 0");
                say(shell, "queue 0 send --readable zero:16 --writable 512 --writable 1");
                awaitLine(out, "sending 2 on queue 0");
                daemon.kill();
            }
            try (BackEnd _ = BackEnds.storageDaemon(sockets, disk)) {
                say(shell, "reconnect");
                String said = awaitLine(out, "reconnected");
                say(shell, "queue 0 poll --wait 5s");
                awaitLine(out, "sending 1 on queue 0: used, 513 bytes");
                String hex = HexFormat.ofDelimiter(" ").formatHex(content, 0, 8);
                awaitLine(out, hex);
                if (!said.contains("2 resumed")) {
                    assertThat(said)
                            .isEqualTo(
                                    "blk0: reconnected; transfers that were on their way: 0 completed, 0 resumed, 1 sent again, 1 returned, 1 of them given up");
                }
            }
        } finally {
            shell.destroyForcibly().waitFor();
        }
    }

    private static void say(Process shell, String line) throws Exception {
        shell.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        shell.getOutputStream().flush();
    }

    /** {@return the next line that contains this} */
    private static String awaitLine(BufferedReader out, String part) throws Exception {
        String line;
        do {
            line = out.readLine();
            assertThat(line).as("virtq ended before it said: " + part).isNotNull();
        } while (!line.contains(part));
        return line;
    }
}
