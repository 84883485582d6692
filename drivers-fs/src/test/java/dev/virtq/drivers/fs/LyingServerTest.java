package dev.virtq.drivers.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.drivers.fs.LieTable.Row;
import dev.virtq.drivers.fs.LieTable.Verdict;
import dev.virtq.drivers.fs.fuse.FuseClient;
import dev.virtq.drivers.fs.fuse.FuseEntry;
import dev.virtq.drivers.fs.fuse.FuseOptions;
import dev.virtq.drivers.fs.fuse.FuseProtocolException;
import dev.virtq.drivers.fs.fuse.OpenFile;
import dev.virtq.drivers.fs.fuse.OpenFlags;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimMachine;
import dev.virtq.machine.sim.hostile.FuseLie;
import dev.virtq.machine.sim.hostile.Mischief;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of a file server's lies is what docs/hostile.md says. */
@Timeout(60)
class LyingServerTest {
    /** More than there are, and fewer than a directory without an end has. */
    private static final int MANY = 2000;

    private static final long LONG_NANOS = 10_000_000_000L;

    /** What the server counts and does not tell, nobody can give back. */
    private static final Set<FuseLie> HIDE_A_LOOKUP =
            Set.of(FuseLie.NODE_ZERO, FuseLie.NODE_OF_THE_ROOT, FuseLie.ERROR_WITH_FIELDS);

    record Case(Row row, boolean packed) {
        MountOptions options() {
            FeatureSet refused =
                    packed ? FeatureSet.EMPTY : FeatureSet.of(CommonFeature.RING_PACKED);
            return MountOptions.DEFAULT
                    .withoutCache()
                    .withFuse(FuseOptions.DEFAULT.refusing(refused));
        }
    }

    static Stream<Case> rows() {
        return LieTable.rows().stream()
                .flatMap(row -> Stream.of(new Case(row, false), new Case(row, true)));
    }

    @Test
    void theTableHasARowForEachLie() {
        assertThat(LieTable.rows().stream().map(Row::lie).distinct())
                .containsExactlyInAnyOrder(FuseLie.values());
    }

    @ParameterizedTest
    @MethodSource("rows")
    void whatTheTableSaysHappensAndHonestyLeadsOn(Case each) throws Exception {
        if (each.row().asked().equals("mount")) {
            mount(each);
        } else {
            ask(each);
        }
    }

    /** A lie that is told before anything is asked for. */
    private static void mount(Case each) throws IOException {
        try (SimMachine machine =
                SimMachine.builder()
                        .memory(32L << 20)
                        .device(SimDevice.fileSystem())
                        .mischief(each.row().lie())
                        .start()) {
            long before = machine.memory().available();
            if (each.row().verdict() == Verdict.HARMLESS) {
                assertMounts(machine, each);
            } else {
                Throwable refusal = catchThrowable(() -> assertMounts(machine, each));
                assertRefusal(each.row(), refusal);
            }
            assertThat(machine.memory().available()).as("nothing is lost").isEqualTo(before);
            machine.misbehave(Mischief.NONE);
            if (each.row().clause().isEmpty()) { // a configuration stays as it is
                assertMounts(machine, each);
            }
        }
    }

    private static void assertRefusal(Row row, Throwable refusal) {
        if (row.clause().isEmpty()) {
            assertThat(refusal).isInstanceOf(FuseProtocolException.class);
            assertThat(refusal).hasMessageContaining(row.said());
        } else {
            assertThat(refusal).isInstanceOf(DeviceFaultException.class);
            assertThat(((DeviceFaultException) refusal).clause()).isEqualTo(row.clause());
        }
    }

    private static void assertMounts(SimMachine machine, Case each) throws IOException {
        try (VirtioFileSystem share =
                VirtioFileSystem.mount(machine.transport(DeviceType.FILE_SYSTEM), each.options())) {
            assertThat(share.client().connection().device().has(CommonFeature.RING_PACKED))
                    .isEqualTo(each.packed());
            assertLivesOn(share);
        }
    }

    private static void assertLivesOn(VirtioFileSystem share) throws IOException {
        Path after = share.getPath("/after");
        Files.writeString(after, "text");
        assertThat(Files.readString(after)).isEqualTo("text");
        assertThat(share.client().connection().device().failure()).isEmpty();
    }

    /** A lie that is told while the share is mounted. */
    private static void ask(Case each) throws Exception {
        try (SimMachine machine =
                SimMachine.builder().memory(32L << 20).device(SimDevice.fileSystem()).start()) {
            long before = machine.memory().available();
            try (VirtioFileSystem share =
                    VirtioFileSystem.mount(
                            machine.transport(DeviceType.FILE_SYSTEM), each.options())) {
                World world = new World(share);
                assertForgotten(machine);
                machine.misbehave(each.row().lie());
                assertVerdict(each.row(), world);
                machine.misbehave(Mischief.NONE);
                if (!HIDE_A_LOOKUP.contains(each.row().lie())) {
                    assertForgotten(machine);
                }
                world.ask(each.row().asked());
                assertLivesOn(share);
            }
            assertThat(machine.memory().available()).as("nothing is lost").isEqualTo(before);
        }
    }

    /** Forgetting takes a moment; one file is looked up for as long as the world is there. */
    private static void assertForgotten(SimMachine machine) throws InterruptedException {
        long start = System.nanoTime();
        while (lookups(machine) != 1 && System.nanoTime() - start < LONG_NANOS) {
            Thread.sleep(1);
        }
        assertThat(lookups(machine)).as("all else is forgotten").isEqualTo(1);
    }

    private static long lookups(SimMachine machine) {
        return machine.share("fs0").lookups().values().stream().mapToLong(Long::longValue).sum();
    }

    private static void assertVerdict(Row row, World world) throws IOException {
        if (row.verdict() == Verdict.HARMLESS) {
            world.ask(row.asked());
            return;
        }
        Throwable thrown = catchThrowable(() -> world.ask(row.asked()));
        Exception cause =
                thrown instanceof DirectoryIteratorException listing
                        ? listing.getCause()
                        : (Exception) thrown;
        if (cause == null) {
            throw new AssertionError("it was believed");
        }
        if (row.verdict() == Verdict.ERROR) {
            assertThat(cause).isInstanceOf(FileSystemException.class);
        } else {
            assertThat(cause).isInstanceOf(FuseProtocolException.class);
        }
        assertThat(cause).hasMessageContaining(row.said());
        assertThat(String.valueOf(cause.getMessage()).lines()).hasSize(1);
    }

    /** A file that is open, a folder, a link; and what is asked about them. */
    private static final class World {
        private final VirtioFileSystem share;
        private final FuseClient client;
        private final Path file;
        private final Path folder;
        private final FuseEntry entry;
        private int made;

        World(VirtioFileSystem share) throws IOException {
            this.share = share;
            client = share.client();
            file = Files.writeString(share.getPath("/file"), "text");
            folder = Files.createDirectory(share.getPath("/folder"));
            Files.writeString(folder.resolve("a"), "a");
            Files.writeString(folder.resolve("b"), "b");
            Files.createSymbolicLink(share.getPath("/link"), file);
            Files.getFileAttributeView(file, UserDefinedFileAttributeView.class)
                    .write("note", ByteBuffer.allocate(8));
            entry =
                    client.nodes()
                            .lookup(FuseClient.ROOT, "file".getBytes(StandardCharsets.US_ASCII));
        }

        void ask(String what) throws IOException {
            switch (what) {
                case "size" -> client.nodes().attributes(entry.node());
                case "lookup" -> Files.size(file);
                case "make" -> Files.createDirectory(share.getPath("/made" + made++));
                case "list" -> list();
                case "write" -> Files.writeString(file, "other", StandardOpenOption.WRITE);
                case "read" -> assertThat(Files.readString(file)).isEqualTo("text");
                case "seek" -> seek();
                case "link" -> Files.readSymbolicLink(share.getPath("/link"));
                case "attribute" -> assertThat(attribute()).isEqualTo(8);
                case "space" -> assertThat(space()).isNotNegative();
                default -> throw new IllegalArgumentException(what);
            }
        }

        private void list() throws IOException {
            List<String> names = new ArrayList<>();
            try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
                for (Path each : stream) {
                    names.add(each.getFileName().toString());
                    if (names.size() == MANY) {
                        break;
                    }
                }
            }
            assertThat(names).doesNotContain(".", "..").doesNotHaveDuplicates();
        }

        private void seek() throws IOException {
            OpenFile open = client.files().open(entry.node(), OpenFlags.READ_ONLY);
            try {
                assertThat(client.files().seek(entry.node(), open, 0, 3)).isZero();
            } finally {
                client.files().release(entry.node(), open);
            }
        }

        private int attribute() throws IOException {
            return Files.getFileAttributeView(file, UserDefinedFileAttributeView.class)
                    .size("note");
        }

        private long space() throws IOException {
            return Files.getFileStore(file).getTotalSpace();
        }
    }

    @Test
    void nothingButDotsForEverIsGivenUp() throws Exception {
        Mischief dots =
                new Mischief() {
                    @Override
                    public byte[] fuseAnswer(int opcode, byte[] honest) {
                        byte[] more = FuseLie.READDIR_ENDLESS.fuseAnswer(opcode, honest);
                        return FuseLie.DOT_LOOP.fuseAnswer(opcode, more);
                    }
                };
        try (SimMachine machine =
                        SimMachine.builder()
                                .memory(32L << 20)
                                .device(SimDevice.fileSystem())
                                .start();
                VirtioFileSystem share =
                        VirtioFileSystem.mount(machine.transport(DeviceType.FILE_SYSTEM))) {
            machine.misbehave(dots);
            assertThatThrownBy(
                            () -> {
                                try (var names = Files.list(share.getPath("/"))) {
                                    assertThat(names).isEmpty();
                                }
                            })
                    .hasMessageContaining("it names . and .. again and again");
            machine.misbehave(Mischief.NONE);
            assertLivesOn(share);
        }
    }

    @Test
    void aListingWithoutAnEndDoesNotKeepTheShareFromBeingClosed() throws Exception {
        Thread reader;
        try (SimMachine machine =
                        SimMachine.builder()
                                .memory(32L << 20)
                                .device(SimDevice.fileSystem())
                                .start();
                VirtioFileSystem share =
                        VirtioFileSystem.mount(machine.transport(DeviceType.FILE_SYSTEM))) {
            machine.misbehave(FuseLie.READDIR_ENDLESS);
            reader = Thread.ofVirtual().start(() -> seekNothing(share.getPath("/")));
            Thread.sleep(50);
            assertThat(reader.isAlive()).isTrue();
        }
        reader.join();
    }

    @Test
    void aFileThatTurnsIntoAFolderIsNotBelieved() throws Exception {
        Mischief turning =
                new Mischief() {
                    @Override
                    public byte[] fuseAnswer(int opcode, byte[] honest) {
                        if (opcode == 3 && honest.length == 120) { // GETATTR
                            ByteBuffer.wrap(honest)
                                    .order(ByteOrder.LITTLE_ENDIAN)
                                    .putInt(16 + 16 + 60, 0x41ed);
                        }
                        return honest;
                    }
                };
        try (SimMachine machine =
                        SimMachine.builder()
                                .memory(32L << 20)
                                .device(SimDevice.fileSystem())
                                .start();
                VirtioFileSystem share =
                        VirtioFileSystem.mount(machine.transport(DeviceType.FILE_SYSTEM));
                FileChannel channel =
                        FileChannel.open(
                                share.getPath("/file"),
                                StandardOpenOption.CREATE_NEW,
                                StandardOpenOption.WRITE)) {
            machine.misbehave(turning);
            assertThatThrownBy(channel::size)
                    .isInstanceOf(FuseProtocolException.class)
                    .hasMessageContaining("has mode 040755 (expected: type 0100000, as before)");
            machine.misbehave(Mischief.NONE);
            assertThat(channel.size()).isZero();
            assertLivesOn(share);
        }
    }

    /** A folder that has more names, whatever it was asked: 300 in each answer. */
    private static byte[] crowd(int opcode, byte[] honest) {
        if (opcode != 28 && opcode != 44) { // READDIR, READDIRPLUS
            return honest;
        }
        int before = opcode == 44 ? 128 : 0; // an entry of node 0: not looked up
        long unique = ByteBuffer.wrap(honest).order(ByteOrder.LITTLE_ENDIAN).getLong(8);
        ByteBuffer crowd =
                ByteBuffer.allocate(16 + 300 * (before + 24 + 16)).order(ByteOrder.LITTLE_ENDIAN);
        crowd.putInt(crowd.capacity()).putInt(0).putLong(unique);
        for (int i = 0; i < 300; i++) {
            String name = "%08x%08x".formatted(unique, i);
            crowd.put(new byte[before]).putLong(7).putLong(unique * 1000 + i);
            crowd.putInt(16).putInt(8).put(name.getBytes(StandardCharsets.US_ASCII));
        }
        return crowd.array();
    }

    @Test
    void aFolderOfEndlessNamesIsNotWatched() throws Exception {
        Mischief crowded =
                new Mischief() {
                    @Override
                    public byte[] fuseAnswer(int opcode, byte[] honest) {
                        return crowd(opcode, honest);
                    }
                };
        try (SimMachine machine =
                        SimMachine.builder()
                                .memory(32L << 20)
                                .device(SimDevice.fileSystem())
                                .start();
                VirtioFileSystem share =
                        VirtioFileSystem.mount(machine.transport(DeviceType.FILE_SYSTEM));
                WatchService watches = share.newWatchService()) {
            machine.misbehave(crowded);
            assertThatThrownBy(() ->
                            share.getPath("/")
                                    .register(watches, StandardWatchEventKinds.ENTRY_CREATE))
                    .isInstanceOf(FileSystemException.class)
                    .hasMessageContaining("more than 100000 names cannot be watched");
            machine.misbehave(Mischief.NONE);
            WatchKey key =
                    share.getPath("/").register(watches, StandardWatchEventKinds.ENTRY_CREATE);
            machine.misbehave(crowded);
            assertThat(watches.take()).as("it is over").isSameAs(key);
            assertThat(key.isValid()).isFalse();
            machine.misbehave(Mischief.NONE);
            assertLivesOn(share);
        }
    }

    private static void seekNothing(Path folder) {
        try (DirectoryStream<Path> names = Files.newDirectoryStream(folder, "nothing")) {
            assertThat(names).isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aConnectionOfSmallTransfersListsAndReadsAttributes() throws Exception {
        MountOptions small =
                MountOptions.DEFAULT.withFuse(FuseOptions.DEFAULT.withLargestTransfer(4096));
        try (SimMachine machine =
                        SimMachine.builder()
                                .memory(32L << 20)
                                .device(SimDevice.fileSystem())
                                .start();
                VirtioFileSystem share =
                        VirtioFileSystem.mount(machine.transport(DeviceType.FILE_SYSTEM), small)) {
            assertLivesOn(share);
            try (var names = Files.list(share.getPath("/"))) {
                assertThat(names).hasSize(1);
            }
            UserDefinedFileAttributeView view =
                    Files.getFileAttributeView(
                            share.getPath("/after"), UserDefinedFileAttributeView.class);
            view.write("note", ByteBuffer.allocate(10_000));
            assertThat(view.size("note")).isEqualTo(10_000);
        }
    }
}
