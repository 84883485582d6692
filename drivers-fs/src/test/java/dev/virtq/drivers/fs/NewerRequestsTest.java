package dev.virtq.drivers.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceType;
import dev.virtq.drivers.fs.fuse.Errno;
import dev.virtq.drivers.fs.fuse.FileCalls.Created;
import dev.virtq.drivers.fs.fuse.FuseClient;
import dev.virtq.drivers.fs.fuse.FuseException;
import dev.virtq.drivers.fs.fuse.FuseOpcode;
import dev.virtq.drivers.fs.fuse.OpenFlags;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimFileSystem;
import dev.virtq.machine.sim.SimMachine;
import dev.virtq.machine.sim.hostile.Mischief;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What servers can do since some version of the protocol, and what is done with those that cannot.
 */
@Timeout(60)
@ParameterizedClass
@EnumSource(SimulatedShareTest.Ring.class)
class NewerRequestsTest {
    private static final int STATX = 52;
    private static final int COPY_FILE_RANGE = 47;
    private static final int COPY_FILE_RANGE_64 = 53;
    private static final int TMPFILE = 51;
    private static final int SYNCFS = 50;
    private static final int LARGE = 3 << 20;
    private static final FileTime LATER = FileTime.fromMillis(4_000_000_000_000L);

    /** Where {@code fuse_statx.mask} is in an answer: behind its header, and what precedes it. */
    private static final int STATX_MASK = 16 + 32;

    private final SimulatedShareTest.Ring ring;
    private final List<FuseOpcode> asked = new CopyOnWriteArrayList<>();
    private @Nullable SimMachine machine;
    private @Nullable VirtioFileSystem share;

    NewerRequestsTest(SimulatedShareTest.Ring ring) {
        this.ring = ring;
    }

    private VirtioFileSystem mount(SimFileSystem files) throws IOException {
        SimMachine started = SimMachine.builder().memory(32L << 20).device(files).start();
        machine = started;
        VirtioFileSystem mounted =
                VirtioFileSystem.mount(started.transport(DeviceType.FILE_SYSTEM), ring.options());
        mounted.client().connection().trace(event -> asked.add(event.opcode()));
        share = mounted;
        return mounted;
    }

    @AfterEach
    void close() {
        if (share != null) {
            share.close();
        }
        if (machine != null) {
            machine.close();
        }
    }

    private static FileTime madeAt(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).creationTime();
    }

    /** Makes a file, and sets another time of its last change. */
    private static Path changedLater(VirtioFileSystem share) throws IOException {
        Path file = Files.writeString(share.getPath("/file"), "text");
        return Files.setLastModifiedTime(file, LATER);
    }

    // ---- STATX

    @Test
    void whenAFileWasMadeIsTold() throws IOException {
        FileTime before = FileTime.fromMillis(System.currentTimeMillis() - 1);
        Path file = changedLater(mount(SimDevice.fileSystem()));
        FileTime after = FileTime.fromMillis(System.currentTimeMillis() + 1);
        assertThat(madeAt(file)).isBetween(before, after);
        assertThat(Files.getAttribute(file, "creationTime")).isEqualTo(madeAt(file));
        assertThat(Files.getLastModifiedTime(file)).isEqualTo(LATER);
        assertThat(asked).contains(FuseOpcode.STATX);
    }

    @Test
    void itIsTheOneThatTheHostKnows(@TempDir Path folder) throws IOException {
        Path onHost = Files.writeString(folder.resolve("file"), "text");
        Files.setLastModifiedTime(onHost, LATER);
        VirtioFileSystem mounted = mount(SimDevice.fileSystem(folder));
        assertThat(madeAt(mounted.getPath("/file"))).isEqualTo(madeAt(onHost));
    }

    @Test
    void itIsAskedForOnceForEachFileThatIsRemembered() throws IOException {
        VirtioFileSystem mounted = mount(SimDevice.fileSystem());
        Path file = changedLater(mounted);
        try (var names = Files.list(mounted.getPath("/"))) { // which comes with its attributes
            assertThat(names).hasSize(1);
        }
        FileTime told = madeAt(file);
        assertThat(told).isLessThan(LATER);
        asked.clear();
        assertThat(madeAt(file)).isEqualTo(told);
        assertThat(asked).isEmpty();
    }

    @Test
    void aServerBeforeItTellsTheLastChangeInstead() throws IOException {
        Path file = changedLater(mount(SimDevice.fileSystem().speaking(38)));
        assertThat(madeAt(file)).isEqualTo(LATER);
        assertThat(asked).doesNotContain(FuseOpcode.STATX);
    }

    @Test
    void aServerThatDoesNotKnowItIsAskedOnce() throws IOException {
        Path file = changedLater(mount(SimDevice.fileSystem().withoutRequests(STATX)));
        assertThat(madeAt(file)).isEqualTo(LATER);
        assertThat(madeAt(file)).isEqualTo(LATER);
        assertThat(asked).containsOnlyOnce(FuseOpcode.STATX);
    }

    @Test
    void aFileSystemThatDoesNotKnowWhenTellsTheLastChangeInstead() throws IOException {
        Path file = changedLater(mount(SimDevice.fileSystem()));
        telling(0x7ff);
        assertThat(madeAt(file)).isEqualTo(LATER);
    }

    @Test
    void whatStatxLeavesOutIsAskedForOtherwise() throws IOException {
        Path file = changedLater(mount(SimDevice.fileSystem()));
        telling(0x800);
        assertThat(madeAt(file)).isLessThan(LATER);
        assertThat(Files.getLastModifiedTime(file)).isEqualTo(LATER);
        assertThat(asked).contains(FuseOpcode.STATX, FuseOpcode.GETATTR);
    }

    /** Has the server say that it fills in only these fields. */
    private void telling(int mask) {
        machine()
                .misbehave(
                        new Mischief() {
                            @Override
                            public byte[] fuseAnswer(int opcode, byte[] honest) {
                                if (opcode == STATX) {
                                    ByteBuffer.wrap(honest)
                                            .order(ByteOrder.LITTLE_ENDIAN)
                                            .putInt(STATX_MASK, mask);
                                }
                                return honest;
                            }
                        });
    }

    private SimMachine machine() {
        return Objects.requireNonNull(machine);
    }

    // ---- COPY_FILE_RANGE_64

    private void copies(VirtioFileSystem mounted) throws IOException {
        byte[] content = new byte[LARGE];
        new Random(7).nextBytes(content);
        Path source = Files.write(mounted.getPath("/source"), content);
        asked.clear();
        for (String name : List.of("/first", "/second")) {
            Path target = Files.copy(source, mounted.getPath(name));
            assertThat(Files.readAllBytes(target)).isEqualTo(content);
        }
        try (FileChannel from = FileChannel.open(source);
                FileChannel to =
                        FileChannel.open(
                                mounted.getPath("/third"),
                                StandardOpenOption.CREATE_NEW,
                                StandardOpenOption.WRITE)) {
            assertThat(from.transferTo(1, LARGE, to)).isEqualTo(LARGE - 1);
        }
    }

    @Test
    void copiesAreCountedIn64Bits() throws IOException {
        copies(mount(SimDevice.fileSystem()));
        assertThat(asked)
                .contains(FuseOpcode.COPY_FILE_RANGE_64)
                .doesNotContain(FuseOpcode.COPY_FILE_RANGE);
    }

    @Test
    void aServerBeforeThatCountsIn32Bits() throws IOException {
        copies(mount(SimDevice.fileSystem().speaking(44)));
        assertThat(asked)
                .contains(FuseOpcode.COPY_FILE_RANGE)
                .doesNotContain(FuseOpcode.COPY_FILE_RANGE_64);
    }

    @Test
    void aServerThatCannotCountIn64BitsIsAskedOnce() throws IOException {
        copies(mount(SimDevice.fileSystem().withoutRequests(COPY_FILE_RANGE_64)));
        assertThat(asked)
                .contains(FuseOpcode.COPY_FILE_RANGE)
                .containsOnlyOnce(FuseOpcode.COPY_FILE_RANGE_64);
    }

    @Test
    void whatAServerCannotCopyGoesThroughHere() throws IOException {
        copies(mount(SimDevice.fileSystem().withoutRequests(COPY_FILE_RANGE, COPY_FILE_RANGE_64)));
    }

    // ---- TMPFILE and SYNCFS

    @Test
    void aFileWithoutANameIsThereAsLongAsItIsOpen() throws IOException {
        VirtioFileSystem mounted = mount(SimDevice.fileSystem());
        FuseClient client = mounted.client();
        long free = client.nodes().space(FuseClient.ROOT).free();
        Created made = client.files().createUnnamed(FuseClient.ROOT, OpenFlags.READ_WRITE, 0600);
        long node = made.entry().node();
        byte[] content = new byte[10_000];
        new Random(1).nextBytes(content);
        assertThat(client.files().write(node, made.file(), 0, MemorySegment.ofArray(content)))
                .isEqualTo(content.length);
        byte[] back = new byte[content.length];
        assertThat(client.files().read(node, made.file(), 0, MemorySegment.ofArray(back)))
                .isEqualTo(content.length);
        assertThat(back).isEqualTo(content);
        assertThat(made.entry().attributes().links()).isZero();
        try (var names = Files.list(mounted.getPath("/"))) {
            assertThat(names).isEmpty();
        }
        client.files().release(node, made.file());
        client.nodes().forget(node, 1);
        assertThat(client.nodes().space(FuseClient.ROOT).free()).isEqualTo(free);
    }

    @Test
    void whereTheServerHasNoFilesWithoutANameItSaysSo(@TempDir Path folder) throws IOException {
        assertNoUnnamed(mount(SimDevice.fileSystem().speaking(36)), Errno.ENOSYS);
        close();
        assertNoUnnamed(mount(SimDevice.fileSystem().withoutRequests(TMPFILE)), Errno.ENOSYS);
        close();
        assertNoUnnamed(mount(SimDevice.fileSystem(folder)), Errno.EOPNOTSUPP);
    }

    private static void assertNoUnnamed(VirtioFileSystem mounted, Errno errno) {
        assertThatThrownBy(() ->
                        mounted.client()
                                .files()
                                .createUnnamed(FuseClient.ROOT, OpenFlags.READ_WRITE, 0600))
                .isInstanceOfSatisfying(
                        FuseException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    @Test
    void theWholeShareIsSyncedWhereTheServerCan() throws IOException {
        mount(SimDevice.fileSystem()).sync();
        assertThat(asked).contains(FuseOpcode.SYNCFS);
        close();
        for (SimFileSystem files :
                List.of(
                        SimDevice.fileSystem().speaking(33),
                        SimDevice.fileSystem().withoutRequests(SYNCFS))) {
            VirtioFileSystem mounted = mount(files);
            assertThatThrownBy(mounted::sync)
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("force each file");
            close();
        }
    }
}
