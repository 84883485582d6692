package dev.virtq.drivers.fs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.DeviceType;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimMachine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** More threads than the memory that is shared with the device has room for. */
@Timeout(60)
class LittleMemoryTest {
    private static final int LENGTH = 3 << 20;

    @ParameterizedTest
    @CsvSource({"8, 1", "24, 4"})
    void requestsWaitForTheMemoryOfOthers(int megabytes, int queues) throws Exception {
        try (SimMachine machine =
                SimMachine.builder()
                        .memory((long) megabytes << 20)
                        .device(SimDevice.fileSystem().withRequestQueues(queues))
                        .start()) {
            long available = machine.memory().available();
            try (VirtioFileSystem share =
                            VirtioFileSystem.mount(machine.transport(DeviceType.FILE_SYSTEM));
                    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<Boolean>> results = new ArrayList<>();
                for (int thread = 0; thread < 32; thread++) {
                    Path file = share.getPath("/file" + thread);
                    int seed = thread;
                    results.add(threads.submit(() -> writesAndReads(file, seed)));
                }
                for (Future<Boolean> result : results) {
                    assertThat(result.get()).isTrue();
                }
            }
            assertThat(machine.memory().available()).isEqualTo(available);
        }
    }

    private static boolean writesAndReads(Path file, int seed) throws IOException {
        byte[] content = new byte[LENGTH];
        new Random(seed).nextBytes(content);
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            assertThat(channel.write(ByteBuffer.wrap(content))).isEqualTo(LENGTH);
            byte[] back = new byte[LENGTH];
            assertThat(channel.read(ByteBuffer.wrap(back), 0)).isEqualTo(LENGTH);
            return Arrays.equals(content, back);
        }
    }
}
