package dev.virtq.drivers.fs;

import static java.nio.channels.FileChannel.MapMode.READ_ONLY;
import static java.nio.channels.FileChannel.MapMode.READ_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceType;
import dev.virtq.device.SharedMemoryRegion;
import dev.virtq.device.Transport;
import dev.virtq.drivers.fs.fuse.FuseOptions;
import dev.virtq.drivers.fs.fuse.FuseProtocolException;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimFileSystem;
import dev.virtq.machine.sim.SimMachine;
import dev.virtq.machine.sim.hostile.FuseLie;
import dev.virtq.machine.sim.hostile.Mischief;
import dev.virtq.testing.Clause;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Devices whose window is not what it should be. Mapping fails, and the mount lives on. */
@Timeout(60)
class HostileWindowTest {
    private static final int INIT = 26;
    private static final int SETUPMAPPING = 48;
    private static final int REMOVEMAPPING = 49;
    private static final int WINDOW = 1 << 20;
    private static final int SIZE = 10_000;

    private static SimMachine machine(SimFileSystem files, Mischief mischief) {
        return SimMachine.builder().memory(16L << 20).device(files).mischief(mischief).start();
    }

    private static SimMachine machine(Mischief mischief) {
        return machine(SimDevice.fileSystem().withWindow(WINDOW), mischief);
    }

    private static VirtioFileSystem mount(SimMachine machine) throws IOException {
        FuseOptions options = FuseOptions.DEFAULT.withTimeout(Duration.ofMillis(500));
        return VirtioFileSystem.mount(
                machine.transport(DeviceType.FILE_SYSTEM),
                MountOptions.DEFAULT.withoutCache().withFuse(options));
    }

    private static Path file(VirtioFileSystem share, int size) throws IOException {
        return Files.write(share.getPath("/file"), SharedWindow.content(1, size));
    }

    private static void map(Path file, long offset, long size) throws IOException {
        try (Arena arena = Arena.ofConfined();
                FileChannel channel = SharedWindow.readWrite(file)) {
            MemorySegment segment = channel.map(READ_WRITE, offset, size, arena);
            assertThat(segment.get(ValueLayout.JAVA_BYTE, size - 1))
                    .isEqualTo(
                            SharedWindow.content(1, (int) (offset + size))[
                                    (int) (offset + size - 1)]);
        }
    }

    private static Mischief answering(int opcode, UnaryOperator<byte[]> twist) {
        return new Mischief() {
            @Override
            public byte[] fuseAnswer(int asked, byte[] honest) {
                return asked == opcode ? twist.apply(honest) : honest;
            }
        };
    }

    private static byte[] error(byte[] honest, int number) {
        byte[] answer = java.util.Arrays.copyOf(honest, 16);
        ByteBuffer.wrap(answer).order(ByteOrder.LITTLE_ENDIAN).putInt(0, 16).putInt(4, -number);
        return answer;
    }

    @Test
    @Clause("5.11.6.4.2#1")
    void aDeviceWithoutAWindowSaysThatItHasNoneAndItsFilesAreRead() throws IOException {
        try (SimMachine machine = machine(SimDevice.fileSystem(), Mischief.NONE);
                VirtioFileSystem share = mount(machine)) {
            Path file = file(share, SIZE);
            assertThat(share.windowSize()).isEmpty();
            assertThatThrownBy(() -> map(file, 0, SIZE))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("no DAX window")
                    .hasMessageContaining("5.11.6.4")
                    .hasMessageContaining("read");
            try (FileChannel channel = FileChannel.open(file)) {
                assertThatThrownBy(() -> channel.map(READ_ONLY, 0, 0))
                        .isInstanceOf(UnsupportedOperationException.class);
            }
            assertThat(Files.readAllBytes(file)).isEqualTo(SharedWindow.content(1, SIZE));
        }
    }

    /** As over PCI and MMIO, where a region is found and not mapped. */
    @Test
    void aWindowThatIsOutOfReachIsToldFromNone() throws IOException {
        try (SimMachine machine = machine(Mischief.NONE);
                Transport real = machine.transport(DeviceType.FILE_SYSTEM);
                VirtioFileSystem share = VirtioFileSystem.mount(withoutSharedMemory(real))) {
            Path file = file(share, SIZE);
            assertThat(share.windowSize()).contains((long) WINDOW);
            assertThatThrownBy(() -> map(file, 0, SIZE))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("out of reach")
                    .hasMessageContaining(real.name());
        }
    }

    private static Transport withoutSharedMemory(Transport real) {
        InvocationHandler handler =
                (_, method, arguments) -> {
                    if (method.getName().equals("sharedMemory")) {
                        return Optional.empty();
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                };
        return (Transport)
                Proxy.newProxyInstance(
                        Transport.class.getClassLoader(),
                        new Class<?>[] {Transport.class},
                        handler);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE, WINDOW + 1, 1L << 40, 4095})
    void aRegionThatIsNotThereAsItIsToldIsNotUsed(long length) throws IOException {
        Mischief lie =
                new Mischief() {
                    @Override
                    public List<SharedMemoryRegion> sharedMemoryRegions(
                            List<SharedMemoryRegion> honest) {
                        return List.of(new SharedMemoryRegion(0, 0, length));
                    }
                };
        try (SimMachine machine = machine(lie);
                VirtioFileSystem share = mount(machine)) {
            Path file = file(share, SIZE);
            assertThatThrownBy(() -> map(file, 0, SIZE))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("the DAX window makes no sense")
                    .hasMessageContaining("region 0 has");
            assertThat(Files.readAllBytes(file)).isEqualTo(SharedWindow.content(1, SIZE));
            machine.misbehave(Mischief.NONE);
            map(file, 0, SIZE);
        }
    }

    @Test
    void aRegionOfAnotherNumberIsNoWindow() throws IOException {
        Mischief other =
                new Mischief() {
                    @Override
                    public List<SharedMemoryRegion> sharedMemoryRegions(
                            List<SharedMemoryRegion> honest) {
                        return List.of(new SharedMemoryRegion(1, 0, WINDOW));
                    }
                };
        try (SimMachine machine = machine(other);
                VirtioFileSystem share = mount(machine)) {
            Path file = file(share, SIZE);
            assertThatThrownBy(() -> map(file, 0, SIZE))
                    .isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void whatIsLeftBehindTheLastWholePageOfARegionIsNotUsed() throws IOException {
        Mischief shorter =
                new Mischief() {
                    @Override
                    public List<SharedMemoryRegion> sharedMemoryRegions(
                            List<SharedMemoryRegion> honest) {
                        return List.of(new SharedMemoryRegion(0, 0, WINDOW - 100));
                    }
                };
        try (SimMachine machine = machine(shorter);
                VirtioFileSystem share = mount(machine)) {
            Path file = file(share, WINDOW);
            map(file, 0, WINDOW - 4096);
            assertThatThrownBy(() -> map(file, 0, WINDOW - 4095))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("has %d".formatted(WINDOW - 4096));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 22, 38, 95, 4095})
    void aMappingThatTheServerRefusesFailsAndTakesNoRoom(int errno) throws IOException {
        try (SimMachine machine = machine(answering(SETUPMAPPING, honest -> error(honest, errno)));
                VirtioFileSystem share = mount(machine)) {
            Path file = file(share, WINDOW);
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> map(file, 0, WINDOW)).isInstanceOf(IOException.class);
            }
            machine.misbehave(Mischief.NONE);
            map(file, 0, WINDOW);
        }
    }

    @Test
    void aServerThatSaysThatItHasMappedAndHasNotIsFoundOut() throws IOException {
        SimFileSystem full = SimDevice.fileSystem(4 * 4096).withWindow(WINDOW);
        Mischief success = answering(SETUPMAPPING, honest -> error(honest, 0));
        try (SimMachine machine = machine(full, success);
                VirtioFileSystem share = mount(machine)) {
            Path sparse = Files.createFile(share.getPath("/sparse"));
            for (int i = 0; i < 10; i++) {
                assertThatThrownBy(() -> map(sparse, 0, WINDOW)).isInstanceOf(IOException.class);
            }
            assertThat(Files.size(sparse)).isEqualTo(WINDOW);
            machine.misbehave(Mischief.NONE);
            map(file(share, SIZE), 0, SIZE);
        }
    }

    @Test
    void aServerThatTakesNothingBackIsMappedOver() throws IOException {
        try (SimMachine machine = machine(answering(REMOVEMAPPING, honest -> error(honest, 38)));
                VirtioFileSystem share = mount(machine)) {
            Path file = file(share, WINDOW);
            for (int i = 0; i < 5; i++) {
                map(file, 4096L * i, WINDOW - 4096L * i);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(FuseLie.class)
    void aLieIsAnErrorOfItsMappingAndTheNextOneSucceeds(FuseLie lie) throws IOException {
        try (SimMachine machine = machine(Mischief.NONE);
                VirtioFileSystem share = mount(machine)) {
            Path file = file(share, SIZE);
            try (FileChannel channel = SharedWindow.readWrite(file)) {
                machine.misbehave(lie);
                for (int i = 0; i < 3; i++) {
                    try (Arena arena = Arena.ofConfined()) {
                        channel.map(READ_ONLY, 0, SIZE, arena);
                    } catch (IOException expected) {
                        assertThat(expected).hasMessageNotContaining("no room");
                    }
                }
                machine.misbehave(Mischief.NONE);
            }
            map(file, 0, SIZE);
        }
    }

    @Test
    void aMappingThatIsNotAnsweredInTimeIsNotMappedOver() throws Exception {
        CountDownLatch late = new CountDownLatch(1);
        try (SimMachine machine =
                        machine(
                                answering(
                                        SETUPMAPPING,
                                        honest -> {
                                            await(late);
                                            return honest;
                                        }));
                VirtioFileSystem share = mount(machine)) {
            Path file = file(share, WINDOW);
            try (FileChannel channel = SharedWindow.readWrite(file)) {
                assertThatThrownBy(() -> channel.map(READ_WRITE, 0, WINDOW / 2))
                        .isInstanceOf(InterruptedIOException.class);
                late.countDown();
            }
            machine.misbehave(Mischief.NONE);
            assertThatThrownBy(() -> map(file, 0, WINDOW))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("no room");
            map(file, 0, WINDOW / 2);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void anAlignmentThatNoWindowHasIsNoAgreement() {
        try (SimMachine machine = machine(FuseLie.MAP_ALIGNMENT_63)) {
            assertThatThrownBy(() -> mount(machine).close())
                    .isInstanceOf(FuseProtocolException.class)
                    .hasMessageContaining("map_alignment is 63");
        }
    }

    @Test
    void anAlignmentOfAByteIsOneOfAPage() throws IOException {
        try (SimMachine machine = machine(FuseLie.MAP_ALIGNMENT_ZERO);
                VirtioFileSystem share = mount(machine)) {
            assertThat(share.client().session().mapAlignment()).isEqualTo(1);
            map(file(share, SIZE), 4097, 100);
        }
    }

    @Test
    void mappingsAreAlignedToWhatTheServerAsksFor() throws IOException {
        int power = 16;
        Mischief alignment =
                answering(
                        INIT,
                        honest -> {
                            ByteBuffer.wrap(honest)
                                    .order(ByteOrder.LITTLE_ENDIAN)
                                    .putShort(16 + 30, (short) power);
                            return honest;
                        });
        try (SimMachine machine = machine(alignment);
                VirtioFileSystem share = mount(machine);
                Arena arena = Arena.ofConfined()) {
            Path file = file(share, 200_000);
            map(file, 150_000, 1);
            try (FileChannel channel = SharedWindow.readWrite(file)) {
                MemorySegment segment = channel.map(READ_ONLY, 131_071, 2, arena);
                assertThat(segment.get(ValueLayout.JAVA_BYTE, 1))
                        .isEqualTo(SharedWindow.content(1, 200_000)[131_072]);
            }
            assertThat(machine.share("fs0").mappedBytes()).isBetween(2L << power, 3L << power);
        }
    }
}
