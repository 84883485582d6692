package dev.virtq.drivers.fs;

import dev.virtq.fuzz.Input;
import dev.virtq.fuzz.Landmarks;
import dev.virtq.fuzz.Must;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.List;
import java.util.stream.Stream;

/** What a program does with files. Each step may take many requests, and comes to an end. */
final class FileSteps {
    private static final int MANY = 300;

    private final Input input;
    private final VirtioFileSystem share;

    FileSteps(Input input, VirtioFileSystem share) {
        this.input = input;
        this.share = share;
    }

    private Path path() {
        return share.getPath(input.pick(List.of("/a", "/", "/a/b", "/file/../b", "file", "/a/.")));
    }

    /** Does one thing. */
    void step() throws IOException {
        Path path = path();
        switch (input.below(18)) {
            case 0 -> list(path);
            case 1 -> walk(path);
            case 2 ->
                    Must.hold(
                            !Files.readAttributes(path, "unix:*", LinkOption.NOFOLLOW_LINKS)
                                    .isEmpty(),
                            "nothing is known");
            case 3 -> read(path);
            case 4 -> write(path);
            case 5 -> Files.createDirectories(path);
            case 6 -> Files.createSymbolicLink(path, path());
            case 7 -> Files.createFile(path);
            case 8 -> Files.createLink(path, path());
            case 9 -> Files.copy(path, path(), StandardCopyOption.REPLACE_EXISTING);
            case 10 -> Files.move(path, path());
            case 11 -> Files.deleteIfExists(path);
            case 12 -> Files.readSymbolicLink(path);
            case 13 -> {
                FileStore store = Files.getFileStore(path);
                Must.hold(store.getTotalSpace() >= 0, "less than no room");
                Must.hold(store.getUsableSpace() >= 0, "less than no room");
                Must.hold(store.getBlockSize() >= 0, "blocks of less than nothing");
            }
            case 14 -> lock(path);
            case 15 -> extended(path);
            case 16 -> Must.hold(path.toRealPath().isAbsolute(), "a real path that is relative");
            default -> Landmarks.reach("same file: " + Files.isSameFile(path, path()));
        }
        Landmarks.reach("files");
    }

    private static void list(Path path) throws IOException {
        int count = 0;
        try (DirectoryStream<Path> names = Files.newDirectoryStream(path)) {
            for (Path each : names) {
                check(each);
                if (++count == MANY) {
                    break;
                }
            }
        }
        Landmarks.reach("listed");
    }

    private static void check(Path each) {
        String name = String.valueOf(each.getFileName());
        Must.hold(
                !name.isEmpty()
                        && !name.equals(".")
                        && !name.equals("..")
                        && name.indexOf('/') < 0
                        && name.indexOf('\0') < 0,
                "a name that is none",
                name);
    }

    private static void walk(Path path) throws IOException {
        try (Stream<Path> all = Files.walk(path, 3)) {
            Must.hold(all.limit(MANY).count() >= 1, "not even where it began");
        }
    }

    private void read(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            int asked = 1 + input.u16() % 20_000; // several requests
            int count = channel.read(ByteBuffer.allocate(asked));
            Must.hold(count == -1 || (count >= 1 && count <= asked), "more than asked for", count);
            Must.hold(channel.size() >= 0, "less than no bytes");
        }
    }

    private void write(Path path) throws IOException {
        try (FileChannel channel =
                FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
            int size = 1 + input.u16() % 20_000;
            int count = channel.write(ByteBuffer.allocate(size));
            Must.hold(count >= 0 && count <= size, "more than there was", count);
            channel.truncate(1);
        }
    }

    private static void lock(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            Must.hold(lock == null || lock.isValid(), "a lock that is none");
        }
    }

    private static void extended(Path path) throws IOException {
        UserDefinedFileAttributeView view =
                Files.getFileAttributeView(path, UserDefinedFileAttributeView.class);
        List<String> names = view.list();
        Must.hold(names.stream().noneMatch(name -> name.indexOf('\0') >= 0), "a zero in a name");
        view.write("a", ByteBuffer.allocate(3));
        Must.hold(view.size("a") <= 64 << 10, "a value of many bytes");
    }
}
