package dev.virtq.drivers.fs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceType;
import dev.virtq.drivers.fs.fuse.FuseOpcode;
import dev.virtq.drivers.fs.fuse.FuseOptions;
import dev.virtq.drivers.fs.fuse.FuseTracer;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimFileSystem;
import dev.virtq.machine.sim.SimMachine;
import dev.virtq.machine.sim.hostile.Mischief;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Servers that know less than most, or answer what most do not. */
@Timeout(60)
class OtherServersTest {
    private static final int CREATE = 35;
    private static final int SETLK = 32;
    private static final int EDEADLK = 35;

    private final List<FuseOpcode> asked = new CopyOnWriteArrayList<>();
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    @AfterEach
    void close() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    private SimMachine machine(SimFileSystem files) {
        SimMachine machine = SimMachine.builder().memory(32L << 20).device(files).start();
        open.push(machine);
        return machine;
    }

    private VirtioFileSystem mount(SimMachine machine) throws IOException {
        VirtioFileSystem share =
                VirtioFileSystem.mount(
                        machine.transport(DeviceType.FILE_SYSTEM),
                        MountOptions.DEFAULT.withFuse(FuseOptions.DEFAULT));
        open.push(share);
        share.client().connection().trace(event -> asked.add(event.opcode()));
        return share;
    }

    // ---- without CREATE

    @Test
    void aServerThatKnowsNoCreateMakesFilesInTwoSteps() throws IOException {
        VirtioFileSystem share = mount(machine(SimDevice.fileSystem().withoutRequests(CREATE)));
        Path file = share.getPath("/file");
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-r-----")))) {
            assertThat(channel.write(ByteBuffer.wrap("text".getBytes(UTF_8)))).isEqualTo(4);
        }
        assertThat(Files.readString(file)).isEqualTo("text");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r-----");
        Files.writeString(share.getPath("/other"), "more"); // CREATE, TRUNCATE_EXISTING
        assertThat(Files.readString(share.getPath("/other"))).isEqualTo("more");
        assertThat(asked).containsOnlyOnce(FuseOpcode.CREATE).contains(FuseOpcode.MKNOD);
        assertThatThrownBy(() -> Files.createFile(file))
                .isInstanceOf(FileAlreadyExistsException.class);
    }

    @Test
    void whatSomebodyElseHasMadeMeanwhileIsOpenedAndEmptied() throws IOException {
        SimFileSystem files = SimDevice.fileSystem();
        VirtioFileSystem other = mount(machine(files));
        VirtioFileSystem share = mount(machine(files.withoutRequests(CREATE)));
        Files.writeString(share.getPath("/first"), "text"); // and now CREATE is known not to be
        share.client()
                .connection()
                .trace(event -> {
                    if (event.opcode() == FuseOpcode.LOOKUP && event.error() != 0) {
                        makeBetween(other.getPath("/file"));
                    }
                });
        makeBetween(other.getPath("/made"));
        assertThatThrownBy(() -> Files.createFile(share.getPath("/made")))
                .isInstanceOf(FileAlreadyExistsException.class);
        Path file = Files.writeString(share.getPath("/file"), "new");
        share.client().connection().trace(FuseTracer.NONE);
        assertThat(Files.readString(file)).isEqualTo("new");
        assertThat(Files.readString(other.getPath("/file"))).isEqualTo("new");
    }

    private static void makeBetween(Path file) {
        try {
            Files.writeString(file, "old and long");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void nothingIsLeftOfThatWhenTheShareIsClosed() throws Exception {
        SimMachine machine = machine(SimDevice.fileSystem().withoutRequests(CREATE));
        VirtioFileSystem share = mount(machine);
        Files.writeString(share.getPath("/file"), "text");
        share.close();
        assertThat(machine.share("fs0").lookups()).isEmpty();
        assertThat(machine.share("fs0").openHandles()).isZero();
    }

    // ---- locks

    @Test
    void aLockThatWouldNeverComeIsAnErrorByItsName() throws IOException {
        SimMachine machine = machine(SimDevice.fileSystem());
        VirtioFileSystem share = mount(machine);
        Path file = Files.createFile(share.getPath("/file"));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            machine.misbehave(
                    new Mischief() {
                        @Override
                        public byte[] fuseAnswer(int opcode, byte[] honest) {
                            if (opcode == SETLK) {
                                ByteBuffer.wrap(honest)
                                        .order(ByteOrder.LITTLE_ENDIAN)
                                        .putInt(4, -EDEADLK);
                            }
                            return honest;
                        }
                    });
            // As FileChannel has it on the default file system.
            assertThatThrownBy(channel::lock)
                    .isExactlyInstanceOf(IOException.class)
                    .hasMessage("Resource deadlock avoided");
            assertThatThrownBy(channel::tryLock)
                    .isExactlyInstanceOf(IOException.class)
                    .hasMessage("Resource deadlock avoided");
            machine.misbehave(Mischief.NONE);
            assertThat(channel.tryLock()).as("and the channel holds none").isNotNull();
        }
    }

    // ---- read-only

    @Test
    void aShareIsReadOnlyWhenItsServerSaysSo() throws IOException {
        SimFileSystem files = SimDevice.fileSystem();
        assertThat(mount(machine(files)).isReadOnly()).isFalse();
        VirtioFileSystem share = mount(machine(files.readOnly()));
        assertThat(share.isReadOnly()).isTrue();
        assertThat(Files.getFileStore(share.getPath("/")).isReadOnly()).isTrue();
        assertThatThrownBy(() -> Files.createFile(share.getPath("/file")))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("Read-only file system");
    }
}
