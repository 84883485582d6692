package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceType;
import dev.virtq.drivers.fs.MountOptions;
import dev.virtq.drivers.fs.VirtioFileSystem;
import dev.virtq.drivers.fs.VirtioFileSystemProvider;
import dev.virtq.drivers.fs.fuse.FuseFlag;
import dev.virtq.machine.Machine;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A share as a file system of {@code java.nio.file}, on a real virtiofsd with no QEMU in between.
 */
@Timeout(120)
class VirtioFileSystemIT {
    private static final MountOptions OPTIONS =
            MountOptions.DEFAULT.withWatchInterval(Duration.ofMillis(50));

    @TempDir private Path folder;
    private Path onHost;
    private BackEnd server;
    private Machine machine;
    private VirtioFileSystem share;
    private Path root;

    @BeforeEach
    void mount() throws Exception {
        mount(OPTIONS);
    }

    private void mount(MountOptions options) throws Exception {
        onHost = Files.createDirectories(folder.resolve("share"));
        server = BackEnds.virtiofsd(folder, onHost);
        machine = server.machine();
        share = VirtioFileSystem.mount(machine.transport(DeviceType.FILE_SYSTEM), options);
        root = share.getPath("/");
    }

    @AfterEach
    void unmount() throws Exception {
        share.close();
        machine.close();
        server.close();
    }

    @Test
    void everyOperationDoesWhatItDoesOnTheDefaultFileSystem() throws Exception {
        compareWithTheDefaultFileSystem();
    }

    @Test
    void soItDoesWhenNothingIsRemembered() throws Exception {
        unmount();
        mount(OPTIONS.withoutCache());
        compareWithTheDefaultFileSystem();
    }

    private void compareWithTheDefaultFileSystem() throws IOException {
        Path local = Files.createDirectory(folder.resolve("local"));
        BothFileSystems both = new BothFileSystems(local, onHost, root);
        List<FileOperation> operations = new ArrayList<>(PathOperations.all());
        operations.addAll(ChannelOperations.all());
        for (FileOperation operation : operations) {
            both.run(operation);
        }
        System.out.printf(
                "nio: %d operations, of which %d differ as expected%n",
                both.operations(), both.differences().size());
        assertThat(both.operations()).isGreaterThan(2000);
        assertThat(both.differences()).filteredOn(one -> !KnownDifference.explains(one)).isEmpty();
    }

    @Test
    void aZipFileSystemWorksWithinAShare() throws Exception {
        Path archive = root.resolve("archive.zip");
        try (FileSystem zip = FileSystems.newFileSystem(archive, Map.of("create", "true"))) {
            for (int i = 0; i < 100; i++) {
                Files.writeString(zip.getPath("/file" + i), "content " + i);
            }
        }
        try (FileSystem zip = FileSystems.newFileSystem(onHost.resolve("archive.zip"))) {
            assertThat(Files.readString(zip.getPath("/file99"))).isEqualTo("content 99");
        }
        try (FileSystem zip = FileSystems.newFileSystem(archive)) {
            assertThat(Files.readString(zip.getPath("/file42"))).isEqualTo("content 42");
        }
    }

    @Test
    void theServerKeepsNothingOpenOfWhatNobodyUses() throws Exception {
        unmount();
        mount(OPTIONS.withoutCache());
        Files.size(root);
        long before = filesOpenInServer();
        Files.createDirectories(root.resolve("a/b"));
        for (int i = 0; i < 600; i++) {
            Files.writeString(root.resolve("a/b/" + i), "x");
        }
        try (Stream<Path> all = Files.walk(root)) {
            assertThat(all).hasSize(603);
        }
        Files.move(root.resolve("a/b"), root.resolve("c"));
        Files.copy(root.resolve("c/1"), root.resolve("d"));
        long start = System.nanoTime();
        while (filesOpenInServer() > before) { // it is told a moment later
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(20));
            Thread.sleep(10);
        }
        assertThat(filesOpenInServer()).isEqualTo(before);
    }

    private static long filesOpenInServer() throws IOException {
        long count = 0;
        for (ProcessHandle process : ProcessHandle.current().descendants().toList()) {
            try (Stream<Path> open = Files.list(Path.of("/proc/%d/fd".formatted(process.pid())))) {
                count += open.count();
            }
        }
        return count;
    }

    @Test
    void locksOfOtherProcessesStandInTheWayWhereTheServerKnowsLocks() throws Exception {
        Path file = Files.writeString(root.resolve("file"), "content");
        boolean known = share.client().session().has(FuseFlag.POSIX_LOCKS);
        try (FileChannel other =
                        FileChannel.open(onHost.resolve("file"), StandardOpenOption.WRITE);
                FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            FileLock theirs = other.lock(2, 10, false); // this JVM is another process to the server
            FileLock beside = channel.tryLock(0, 2, false);
            assertThat(beside).isNotNull();
            assertThat(channel.tryLock(2, 1, false) == null).isEqualTo(known);
            theirs.release();
            FileLock ours = channel.lock(3, 7, false);
            assertThat(ours.isValid()).isTrue();
            ours.release();
            beside.release();
        }
    }

    @Test
    void extendedAttributesAreKept() throws Exception {
        Path file = Files.writeString(root.resolve("file"), "content");
        UserDefinedFileAttributeView view =
                Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
        assertThat(view.list()).isEmpty();
        assertThat(view.write("comment", ByteBuffer.wrap(new byte[] {1, 2, 3}))).isEqualTo(3);
        assertThat(view.list()).containsExactly("comment");
        assertThat(view.size("comment")).isEqualTo(3);
        assertThat(Files.getAttribute(file, "user:comment")).isEqualTo(new byte[] {1, 2, 3});
        assertThatThrownBy(() -> view.read("comment", ByteBuffer.allocate(2)))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("3 bytes");
        Files.copy(file, root.resolve("copy"), StandardCopyOption.COPY_ATTRIBUTES);
        assertThat(Files.getAttribute(onHost.resolve("copy"), "user:comment"))
                .isEqualTo(new byte[] {1, 2, 3});
        view.delete("comment");
        assertThatThrownBy(() -> view.size("comment")).isInstanceOf(FileSystemException.class);
        assertThat(Files.getFileStore(file).supportsFileAttributeView("user")).isTrue();
    }

    @Test
    void aLockThatSomebodyWaitsForEndsWithItsChannel() throws Exception {
        Path file = Files.writeString(root.resolve("file"), "content");
        FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        try (FileChannel other =
                FileChannel.open(onHost.resolve("file"), StandardOpenOption.WRITE)) {
            if (share.client().session().has(FuseFlag.POSIX_LOCKS)) {
                other.lock();
                Future<?> waiting;
                try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                    waiting = threads.submit(() -> channel.lock());
                    Thread.sleep(50);
                    channel.close();
                }
                assertThatThrownBy(waiting::get)
                        .hasCauseInstanceOf(AsynchronousCloseException.class);
            }
        }
        channel.close();
    }

    @Test
    void namesThatAreNoTextSurvive() throws Exception {
        Process touch =
                new ProcessBuilder("sh", "-c", "printf x > \"$(printf 'f\\377\\200\\303(n\\nz')\"")
                        .directory(onHost.toFile())
                        .start();
        assertThat(touch.waitFor()).isZero();
        try (Stream<Path> names = Files.list(root)) {
            Path found = names.findFirst().orElseThrow();
            assertThat(found.getFileName().toString()).isEqualTo("f\udcff\udc80\udcc3(n\nz");
            assertThat(Files.readString(found)).isEqualTo("x");
            assertThat(Path.of(found.toUri())).isEqualTo(found);
            Files.move(found, found.resolveSibling("text"));
        }
        assertThat(onHost.resolve("text")).hasContent("x");
    }

    @Test
    void largeTransfersAreSplitAndArriveWhole() throws Exception {
        byte[] content = new byte[9_000_001];
        new Random(1).nextBytes(content);
        for (boolean direct : List.of(false, true)) {
            ByteBuffer buffer =
                    direct
                            ? ByteBuffer.allocateDirect(content.length)
                            : ByteBuffer.allocate(content.length);
            buffer.put(content).flip();
            Path file = root.resolve("large" + direct);
            try (FileChannel channel =
                    FileChannel.open(
                            file,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE)) {
                assertThat(channel.write(buffer)).isEqualTo(content.length);
                buffer.clear();
                assertThat(channel.read(buffer, 0)).isEqualTo(content.length);
                byte[] back = new byte[content.length];
                buffer.flip().get(back);
                assertThat(Arrays.equals(back, content)).isTrue();
            }
            assertThat(Files.mismatch(file, onHost.resolve("large" + direct))).isEqualTo(-1);
        }
    }

    @Test
    void manyThreadsReadAndWriteAtOnce() throws Exception {
        List<Future<Boolean>> results = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 32; i++) {
                int seed = i;
                results.add(threads.submit(() -> writesAndReads(seed)));
            }
        }
        for (Future<Boolean> result : results) {
            assertThat(result.get()).isTrue();
        }
    }

    private boolean writesAndReads(int seed) throws IOException {
        Random random = new Random(seed);
        byte[] content = new byte[300_000];
        random.nextBytes(content);
        Path file = root.resolve("thread" + seed);
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (int at = 0; at < content.length; at += 30_000) {
                channel.write(ByteBuffer.wrap(content, at, 30_000), at);
            }
            channel.force(true);
        }
        return Arrays.equals(Files.readAllBytes(file), content);
    }

    @Test
    void anInterruptClosesTheChannelAndNothingElse() throws Exception {
        Path file = Files.writeString(root.resolve("file"), "content");
        FileChannel channel = FileChannel.open(file);
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
                    .isInstanceOf(ClosedByInterruptException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(channel.isOpen()).isFalse();
        assertThat(Files.readString(file)).isEqualTo("content");
    }

    @Test
    void whatIsOpenIsClosedWithTheFileSystem() throws Exception {
        Path file = Files.writeString(root.resolve("file"), "content");
        try (FileChannel channel = FileChannel.open(file);
                DirectoryStream<Path> names = Files.newDirectoryStream(root);
                WatchService watcher = share.newWatchService()) {
            share.close();
            share.close();
            assertThat(channel.isOpen()).isFalse();
            assertThatThrownBy(channel::size).isInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(names::iterator).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(watcher::take).isInstanceOf(ClosedWatchServiceException.class);
        }
        assertThatThrownBy(() -> Files.size(file)).isInstanceOf(ClosedFileSystemException.class);
        assertThatThrownBy(() -> Files.createDirectory(root.resolve("new")))
                .isInstanceOf(ClosedFileSystemException.class);
        assertThat(share.isOpen()).isFalse();
    }

    @Test
    void aServerThatIsGoneIsAnExceptionThatSaysSo() throws Exception {
        Path file = Files.writeString(root.resolve("file"), "content");
        FileChannel channel = FileChannel.open(file);
        server.kill();
        long start = System.nanoTime();
        assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot be used any more");
        assertThatThrownBy(() -> Files.newByteChannel(root.resolve("other")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot be used any more");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        share.close();
    }

    @Test
    void urisLeadToMountedSharesOnly() throws Exception {
        assertThat(root.resolve("a b").toUri()).isEqualTo(URI.create("virtiofs://share/a%20b"));
        assertThat(Path.of(URI.create("virtiofs://share/a%20b"))).isEqualTo(root.resolve("a b"));
        assertThat(FileSystems.getFileSystem(URI.create("virtiofs://share/"))).isSameAs(share);
        assertThatThrownBy(() -> Path.of(URI.create("virtiofs://other/x")))
                .isInstanceOf(FileSystemNotFoundException.class);
        assertThatThrownBy(
                        () -> FileSystems.newFileSystem(URI.create("virtiofs://share"), Map.of()))
                .isInstanceOf(FileSystemAlreadyExistsException.class);
        assertThatThrownBy(
                        () -> FileSystems.newFileSystem(URI.create("virtiofs://other"), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(VirtioFileSystemProvider.TRANSPORT);
    }

    @Test
    void aDirectoryStreamStaysWithItsDirectory() throws Exception {
        Files.createDirectories(root.resolve("before/sub"));
        Files.writeString(root.resolve("before/file"), "content");
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(root.resolve("before"))) {
            SecureDirectoryStream<Path> names = (SecureDirectoryStream<Path>) stream;
            Files.move(onHost.resolve("before"), onHost.resolve("after"));
            try (var channel =
                    names.newByteChannel(
                            share.getPath("made"),
                            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
                channel.write(ByteBuffer.wrap(new byte[] {'x'}));
            }
            names.move(share.getPath("file"), names, share.getPath("sub/file"));
            names.deleteFile(share.getPath("made"));
            assertThatThrownBy(() -> names.deleteDirectory(share.getPath("made")))
                    .isInstanceOf(NoSuchFileException.class);
            try (SecureDirectoryStream<Path> sub = names.newDirectoryStream(share.getPath("sub"))) {
                assertThat(sub).containsExactly(root.resolve("before/sub/file"));
            }
        }
        assertThat(onHost.resolve("after/sub/file")).hasContent("content");
    }

    @Test
    void aWatchServiceSeesWhatIsMadeChangedAndDeleted() throws Exception {
        Files.writeString(onHost.resolve("kept"), "1");
        Files.writeString(onHost.resolve("deleted"), "1");
        try (WatchService watcher = share.newWatchService()) {
            WatchKey key =
                    root.register(
                            watcher,
                            StandardWatchEventKinds.ENTRY_CREATE,
                            StandardWatchEventKinds.ENTRY_MODIFY,
                            StandardWatchEventKinds.ENTRY_DELETE);
            Files.writeString(onHost.resolve("made"), "1");
            Files.writeString(onHost.resolve("kept"), "12");
            Files.delete(onHost.resolve("deleted"));
            List<String> seen = new ArrayList<>();
            while (seen.size() < 3) {
                assertThat(watcher.poll(20, TimeUnit.SECONDS)).isSameAs(key);
                key.pollEvents().forEach(event -> seen.add(event.kind() + " " + event.context()));
                key.reset();
            }
            assertThat(seen)
                    .contains("ENTRY_CREATE made", "ENTRY_MODIFY kept", "ENTRY_DELETE deleted");
        }
    }

    @Test
    void linksLeadInCirclesNoFurtherThanAnException() throws Exception {
        Files.createSymbolicLink(root.resolve("a"), share.getPath("b"));
        Files.createSymbolicLink(root.resolve("b"), share.getPath("a"));
        assertThatThrownBy(() -> Files.readString(root.resolve("a")))
                .isInstanceOf(FileSystemLoopException.class);
        Files.writeString(root.resolve("n0"), "content");
        for (int i = 1; i <= 41; i++) {
            Files.createSymbolicLink(root.resolve("n" + i), share.getPath("/n" + (i - 1)));
        }
        assertThat(Files.readString(root.resolve("n40"))).isEqualTo("content");
        assertThatThrownBy(() -> Files.readString(root.resolve("n41")))
                .isInstanceOf(FileSystemLoopException.class);
    }

    @Test
    void pathsAndNamesThatAreTooLongAreRefusedAsByLinux() {
        assertThatThrownBy(() -> Files.createFile(root.resolve("x".repeat(256))))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("File name too long");
        assertThatThrownBy(() -> Files.size(root.resolve("x/".repeat(2048))))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("File name too long");
        assertThatThrownBy(() -> Files.size(root.resolve("x/".repeat(2047))))
                .isInstanceOf(NoSuchFileException.class);
        assertThat(Files.isDirectory(share.getPath("../../.."))).isTrue();
    }

    @Test
    void aTreeIsCopiedInAndOutWithItsTimes() throws Exception {
        Path file = Files.writeString(folder.resolve("outside"), "content");
        Files.copy(file, root.resolve("inside"), StandardCopyOption.COPY_ATTRIBUTES);
        assertThat(Files.getLastModifiedTime(root.resolve("inside")))
                .isEqualTo(Files.getLastModifiedTime(file));
        Files.move(root.resolve("inside"), folder.resolve("back"));
        assertThat(folder.resolve("back")).hasContent("content");
        assertThat(onHost).isEmptyDirectory();
    }
}
