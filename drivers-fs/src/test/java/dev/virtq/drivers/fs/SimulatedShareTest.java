package dev.virtq.drivers.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.drivers.fs.fuse.FuseOptions;
import dev.virtq.drivers.fs.fuse.FuseTracer;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimFileSystem;
import dev.virtq.machine.sim.SimMachine;
import dev.virtq.testing.Clause;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A share of the machine in this process, whose device keeps account of what a driver may not do.
 */
@Timeout(60)
class SimulatedShareTest {
    /** Which ring the device offers. */
    enum Ring {
        SPLIT,
        PACKED;

        MountOptions options() {
            FeatureSet refused =
                    this == SPLIT ? FeatureSet.of(CommonFeature.RING_PACKED) : FeatureSet.EMPTY;
            return MountOptions.DEFAULT.withFuse(FuseOptions.DEFAULT.refusing(refused));
        }
    }

    private static SimMachine machine(SimFileSystem share) {
        return SimMachine.builder().memory(32L << 20).device(share).start();
    }

    private static VirtioFileSystem mount(SimMachine machine, Ring ring) throws IOException {
        return VirtioFileSystem.mount(machine.transport(DeviceType.FILE_SYSTEM), ring.options());
    }

    @ParameterizedTest
    @EnumSource(Ring.class)
    @Clause({"5.11.4.1#1", "5.11.6.2.2#1", "5.11.6.2.2#2", "5.11.6.4.2#1"})
    void everythingIsForgottenAndNothingGoesOverTheWrongQueue(Ring ring) throws Exception {
        try (SimMachine machine = machine(SimDevice.fileSystem())) {
            try (VirtioFileSystem share = mount(machine, ring)) {
                assertThat(share.client().connection().device().has(CommonFeature.RING_PACKED))
                        .isEqualTo(ring == Ring.PACKED);
                Path folder = Files.createDirectories(share.getPath("/a/b/c"));
                for (int i = 0; i < 300; i++) {
                    Files.writeString(folder.resolve("file" + i), "text " + i);
                }
                try (var names = Files.walk(share.getPath("/"))) {
                    assertThat(names).hasSize(304);
                }
                assertThat(Files.readString(folder.resolve("file7"))).isEqualTo("text 7");
                Files.move(folder.resolve("file7"), share.getPath("/moved"));
                assertThatThrownBy(() -> Files.size(folder.resolve("file7")))
                        .isInstanceOf(NoSuchFileException.class);
                assertThat(share.client().connection().device().failure()).isEmpty();
            }
            assertThat(machine.share("fs0").lookups()).isEmpty();
            assertThat(machine.share("fs0").openHandles()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(Ring.class)
    @Clause({"5.11.4.1#2", "5.11.6.2.2#3"})
    void manyThreadsUseEveryRequestQueueAtOnce(Ring ring) throws Exception {
        SimFileSystem four = SimDevice.fileSystem().withRequestQueues(4);
        try (SimMachine machine = machine(four);
                VirtioFileSystem share = mount(machine, ring);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Set<Integer> queues = ConcurrentHashMap.newKeySet();
            share.client().connection().trace(event -> queues.add(event.queue()));
            var done = new java.util.ArrayList<Future<?>>();
            for (int thread = 0; thread < 32; thread++) {
                int seed = thread;
                done.add(threads.submit(() -> writeAndRead(share, seed)));
            }
            for (Future<?> each : done) {
                each.get();
            }
            share.client().connection().trace(FuseTracer.NONE);
            assertThat(queues).containsExactlyInAnyOrder(1, 2, 3, 4);
            assertThat(share.client().connection().device().failure()).isEmpty();
        }
    }

    private static Void writeAndRead(VirtioFileSystem share, int seed) throws IOException {
        Path file = share.getPath("/file" + seed);
        byte[] content = new byte[200_000];
        new Random(seed).nextBytes(content);
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(content));
            ByteBuffer back = ByteBuffer.allocate(content.length);
            while (back.hasRemaining()) {
                if (channel.read(back, back.position()) < 0) {
                    break;
                }
            }
            assertThat(back.array()).isEqualTo(content);
        }
        return null;
    }

    @Test
    void aServerOfAnOlderProtocolWillDo() throws Exception {
        try (SimMachine machine = machine(SimDevice.fileSystem().speaking(31));
                VirtioFileSystem share = mount(machine, Ring.SPLIT)) {
            assertThat(share.client().session().minor()).isEqualTo(31);
            Files.writeString(share.getPath("/a"), "text");
            assertThat(Files.readString(share.getPath("/a"))).isEqualTo("text");
        }
    }
}
