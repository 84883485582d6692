package dev.virtq.e2e;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What can be done with an open file. */
final class ChannelOperations {
    /** What is done with a channel. */
    @FunctionalInterface
    private interface OnChannel {
        Object run(FileChannel channel, Path folder) throws Exception;
    }

    private final List<FileOperation> all = new ArrayList<>();

    private ChannelOperations() {}

    /** {@return questions to any channel} */
    static List<FileOperation.Body> questions(FileChannel channel) {
        return List.of(
                path -> Files.isDirectory(path) ? "-" : channel.size(),
                path -> channel.position(),
                path -> Files.isDirectory(path) ? "-" : channel.read(ByteBuffer.allocate(3)),
                path -> channel.position());
    }

    static List<FileOperation> all() {
        ChannelOperations operations = new ChannelOperations();
        operations.reading();
        operations.writing();
        operations.between();
        operations.locking();
        operations.asynchronous();
        return operations.all;
    }

    private void reader(String name, OnChannel body) {
        all.add(
                new FileOperation(
                        "read channel: " + name,
                        folder -> {
                            try (FileChannel channel =
                                    FileChannel.open(folder.resolve("file"), READ)) {
                                return body.run(channel, folder);
                            }
                        }));
    }

    private void writer(String name, OnChannel body) {
        all.add(
                new FileOperation(
                        "write channel: " + name,
                        folder -> {
                            Path file = folder.resolve("file");
                            Object result;
                            try (FileChannel channel = FileChannel.open(file, READ, WRITE)) {
                                result = body.run(channel, folder) + " at " + channel.position();
                            }
                            return result
                                    + ": "
                                    + Files.readString(file, StandardCharsets.ISO_8859_1);
                        }));
    }

    private void appender(String name, OnChannel body) {
        all.add(
                new FileOperation(
                        "append channel: " + name,
                        folder -> {
                            Path file = folder.resolve("file");
                            Object result;
                            try (FileChannel channel = FileChannel.open(file, APPEND)) {
                                result = body.run(channel, folder) + " at " + channel.position();
                            }
                            return result + ": " + Files.readString(file);
                        }));
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private void reading() {
        reader(
                "all, and then the end",
                (c, f) -> {
                    ByteBuffer buffer = ByteBuffer.allocate(100);
                    return List.of(c.read(buffer), c.read(buffer), c.position());
                });
        reader("nothing", (c, f) -> c.read(ByteBuffer.allocate(0)));
        reader("nothing at the end", (c, f) -> c.position(100).read(ByteBuffer.allocate(0)));
        reader(
                "at a position",
                (c, f) -> {
                    ByteBuffer buffer = ByteBuffer.allocateDirect(3);
                    return List.of(c.read(buffer, 2), c.position(), buffer.get(0));
                });
        reader("behind the end", (c, f) -> c.read(ByteBuffer.allocate(3), 1000));
        reader("at a negative position", (c, f) -> c.read(ByteBuffer.allocate(3), -1));
        reader("to a negative position", (c, f) -> c.position(-1));
        reader(
                "into a read-only buffer",
                (c, f) -> c.read(ByteBuffer.allocate(3).asReadOnlyBuffer()));
        reader(
                "scattered",
                (c, f) -> {
                    ByteBuffer[] buffers = {
                        ByteBuffer.allocate(2),
                        ByteBuffer.allocate(0),
                        ByteBuffer.allocateDirect(3),
                        ByteBuffer.allocate(9)
                    };
                    return List.of(
                            c.read(buffers),
                            c.read(buffers),
                            buffers[0].position(),
                            buffers[2].get(2),
                            buffers[3].position());
                });
        reader(
                "scattered into one of them",
                (c, f) -> {
                    ByteBuffer[] buffers = {ByteBuffer.allocate(2), ByteBuffer.allocate(2)};
                    return List.of(
                            c.read(buffers, 1, 1), buffers[0].position(), buffers[1].position());
                });
        reader("scattered out of bounds", (c, f) -> c.read(new ByteBuffer[2], 1, 2));
        reader("write", (c, f) -> c.write(bytes("x")));
        reader("truncate", (c, f) -> c.truncate(1));
        reader(
                "force",
                (c, f) -> {
                    c.force(true);
                    return "forced";
                });
        reader(
                "transfer to a stream",
                (c, f) -> {
                    ByteArrayOutputStream out = new ByteArrayOutputStream();
                    return c.transferTo(1, 100, Channels.newChannel(out))
                            + out.toString(StandardCharsets.UTF_8);
                });
        reader(
                "transfer from behind the end",
                (c, f) -> c.transferTo(99, 1, Channels.newChannel(new ByteArrayOutputStream())));
        reader(
                "use after closing",
                (c, f) -> {
                    c.close();
                    return c.size();
                });
        reader(
                "close twice",
                (c, f) -> {
                    c.close();
                    c.close();
                    return c.isOpen();
                });
        reader(
                "a file that is deleted",
                (c, f) -> {
                    Files.delete(f.resolve("file"));
                    Files.delete(f.resolve("hard"));
                    ByteBuffer buffer = ByteBuffer.allocate(10);
                    return List.of(c.read(buffer), c.size());
                });
    }

    private void writing() {
        writer("over it", (c, f) -> c.write(bytes("CON")));
        writer("behind the end", (c, f) -> c.write(bytes("!"), 10));
        writer(
                "gathered",
                (c, f) ->
                        c.write(
                                new ByteBuffer[] {
                                    bytes("ab"), bytes(""), bytes("cdefghij"), bytes("k")
                                }));
        writer(
                "gathered, some of them",
                (c, f) -> c.write(new ByteBuffer[] {bytes("ab"), bytes("cd"), bytes("ef")}, 1, 2));
        writer("nothing", (c, f) -> c.write(bytes("")));
        writer("at a negative position", (c, f) -> c.write(bytes("x"), -1));
        writer("truncate", (c, f) -> c.position(6).truncate(3).size());
        writer("truncate to more", (c, f) -> c.truncate(30).size());
        writer("truncate to less than nothing", (c, f) -> c.truncate(-1));
        writer("position behind the end, and write", (c, f) -> c.position(9).write(bytes("x")));
        writer(
                "read what was written",
                (c, f) -> {
                    c.write(bytes("hello, world"));
                    ByteBuffer buffer = ByteBuffer.allocate(5);
                    return List.of(
                            c.read(buffer, 7), new String(buffer.array(), StandardCharsets.UTF_8));
                });
        writer(
                "transfer from a stream",
                (c, f) ->
                        c.transferFrom(
                                Channels.newChannel(
                                        new ByteArrayInputStream(new byte[] {'a', 'b'})),
                                3,
                                100));
        writer(
                "transfer from a stream to behind the end",
                (c, f) ->
                        c.transferFrom(
                                Channels.newChannel(
                                        new ByteArrayInputStream(new byte[] {'a', 'b'})),
                                30,
                                100));
        writer(
                "size after another has written",
                (c, f) -> {
                    Files.writeString(f.resolve("hard"), "something longer than before");
                    return c.size();
                });
        appender("write", (c, f) -> List.of(c.position(), c.write(bytes("!"))));
        appender("write elsewhere", (c, f) -> List.of(c.position(0).write(bytes("!"))));
        appender("gathered", (c, f) -> c.write(new ByteBuffer[] {bytes("a"), bytes("b")}));
        appender("read", (c, f) -> c.read(ByteBuffer.allocate(1)));
        appender(
                "with another",
                (c, f) -> {
                    try (FileChannel other = FileChannel.open(f.resolve("file"), APPEND)) {
                        c.write(bytes("1"));
                        other.write(bytes("2"));
                        return c.write(bytes("3"));
                    }
                });
    }

    private void between() {
        writer(
                "transfer to another",
                (c, f) -> {
                    try (FileChannel other = FileChannel.open(f.resolve("new"), WRITE, CREATE)) {
                        long count = c.transferTo(2, 100, other);
                        return List.of(count, other.position(), Files.readString(f.resolve("new")));
                    }
                });
        writer(
                "transfer from another",
                (c, f) -> {
                    try (FileChannel other = FileChannel.open(f.resolve("script"), READ)) {
                        return List.of(c.transferFrom(other, 3, 4), other.position());
                    }
                });
        writer(
                "transfer to one that appends",
                (c, f) -> {
                    try (FileChannel other = FileChannel.open(f.resolve("script"), APPEND)) {
                        long count = c.transferTo(0, 3, other);
                        return List.of(count, Files.readString(f.resolve("script")));
                    }
                });
        writer("transfer to itself", (c, f) -> c.position(7).transferTo(0, 4, c));
        writer(
                "transfer to one that reads",
                (c, f) -> {
                    try (FileChannel other = FileChannel.open(f.resolve("script"), READ)) {
                        return c.transferTo(0, 3, other);
                    }
                });
    }

    private void locking() {
        writer(
                "lock and release",
                (c, f) -> {
                    FileLock lock = c.lock();
                    boolean valid = lock.isValid();
                    lock.release();
                    return List.of(valid, lock.isValid(), lock.isShared());
                });
        writer(
                "lock twice",
                (c, f) -> {
                    c.lock(0, 5, false);
                    return c.lock(4, 5, false);
                });
        writer(
                "lock beside",
                (c, f) -> {
                    c.lock(0, 5, false);
                    return c.tryLock(5, 5, true).isValid();
                });
        writer(
                "lock by another channel",
                (c, f) -> {
                    c.lock(0, 5, true);
                    try (FileChannel other = FileChannel.open(f.resolve("file"), READ)) {
                        return other.tryLock(0, 5, true);
                    }
                });
        writer(
                "release after closing",
                (c, f) -> {
                    FileLock lock = c.lock();
                    c.close();
                    return lock.isValid();
                });
        reader("exclusive lock", (c, f) -> c.tryLock());
        reader("shared lock", (c, f) -> c.tryLock(0, Long.MAX_VALUE, true).isShared());
        appender("shared lock", (c, f) -> c.tryLock(0, Long.MAX_VALUE, true));
    }

    private void asynchronous() {
        all.add(
                new FileOperation(
                        "asynchronous channel",
                        folder -> {
                            Path file = folder.resolve("file");
                            try (var channel = AsynchronousFileChannel.open(file, READ, WRITE)) {
                                ByteBuffer buffer = ByteBuffer.allocate(4);
                                int read = channel.read(buffer, 3).get();
                                int end = channel.read(ByteBuffer.allocate(1), 99).get();
                                int written = channel.write(bytes("!!"), 6).get();
                                FileLock lock = channel.lock().get();
                                lock.release();
                                return List.of(
                                        read,
                                        end,
                                        written,
                                        channel.size(),
                                        channel.truncate(5).size());
                            }
                        }));
        all.add(
                new FileOperation(
                        "asynchronous channel that appends",
                        folder -> AsynchronousFileChannel.open(folder.resolve("file"), APPEND)));
        all.add(
                new FileOperation(
                        "asynchronous channel of what is not there",
                        folder -> AsynchronousFileChannel.open(folder.resolve("missing"), READ)));
    }
}
