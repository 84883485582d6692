package dev.virtq.e2e;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.DELETE_ON_CLOSE;
import static java.nio.file.StandardOpenOption.DSYNC;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.SPARSE;
import static java.nio.file.StandardOpenOption.SYNC;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.CopyOption;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** What {@link Files} can do with a path, for each path of {@link FolderFixture}. */
final class PathOperations {
    private static final List<OpenOption[]> OPENINGS =
            List.of(
                    options(READ),
                    options(WRITE),
                    options(READ, WRITE),
                    options(WRITE, CREATE),
                    options(WRITE, CREATE_NEW),
                    options(WRITE, CREATE_NEW, NOFOLLOW_LINKS),
                    options(WRITE, CREATE, NOFOLLOW_LINKS),
                    options(WRITE, TRUNCATE_EXISTING),
                    options(WRITE, CREATE, TRUNCATE_EXISTING, READ),
                    options(APPEND),
                    options(APPEND, CREATE),
                    options(APPEND, READ),
                    options(APPEND, TRUNCATE_EXISTING),
                    options(READ, NOFOLLOW_LINKS),
                    options(READ, DELETE_ON_CLOSE),
                    options(WRITE, CREATE, DELETE_ON_CLOSE),
                    options(WRITE, CREATE, SPARSE, SYNC),
                    options(WRITE, CREATE, DSYNC));

    private static final List<CopyOption[]> COPIES =
            List.of(
                    new CopyOption[] {},
                    new CopyOption[] {REPLACE_EXISTING},
                    new CopyOption[] {REPLACE_EXISTING, COPY_ATTRIBUTES, NOFOLLOW_LINKS},
                    new CopyOption[] {ATOMIC_MOVE});

    private final List<FileOperation> all = new ArrayList<>();

    private PathOperations() {}

    static List<FileOperation> all() {
        PathOperations operations = new PathOperations();
        for (String path : FolderFixture.PATHS) {
            operations.questions(path);
            operations.changes(path);
            operations.openings(path);
            for (String target :
                    List.of(
                            "file",
                            "dir",
                            "full",
                            "link",
                            "dangling",
                            "missing",
                            "none/x",
                            "file/x",
                            "hard")) {
                operations.copiesAndMoves(path, target);
            }
        }
        return operations.all;
    }

    private static OpenOption[] options(OpenOption... options) {
        return options;
    }

    private void add(String what, String path, FileOperation.Body body) {
        all.add(
                new FileOperation(
                        "%s of %s".formatted(what, path),
                        folder -> body.run(folder.resolve(path))));
    }

    private void questions(String path) {
        for (LinkOption[] links : List.of(new LinkOption[0], new LinkOption[] {NOFOLLOW_LINKS})) {
            String how = links.length == 0 ? "" : " without following";
            add("exists" + how, path, p -> Files.exists(p, links));
            add("notExists" + how, path, p -> Files.notExists(p, links));
            add("isDirectory" + how, path, p -> Files.isDirectory(p, links));
            add("isRegularFile" + how, path, p -> Files.isRegularFile(p, links));
            add("basic attributes" + how, path, p -> basic(p, links));
            add("posix attributes" + how, path, p -> posix(p, links));
            add("named attributes" + how, path, p -> named(p, links));
            add("lastModifiedTime" + how, path, p -> modified(p, links));
            add("real path" + how, path, p -> relative(p, p.toRealPath(links)));
        }
        add("isReadable", path, Files::isReadable);
        add("isWritable", path, Files::isWritable);
        add("isExecutable", path, Files::isExecutable);
        add("isSymbolicLink", path, Files::isSymbolicLink);
        add("isHidden", path, Files::isHidden);
        add("size", path, p -> Files.isDirectory(p) ? "-" : Files.size(p));
        add("content", path, Files::readString);
        add("mismatch", path, p -> Files.mismatch(p, p.resolveSibling("file")));
        add("target", path, p -> Files.readSymbolicLink(p).toString());
        add("names", path, PathOperations::names);
        add("walk", path, p -> walk(p));
        add("walk with links", path, p -> walk(p, FileVisitOption.FOLLOW_LINKS));
        add("sameness", path, p -> Files.isSameFile(p, p.resolveSibling("file")));
    }

    private void changes(String path) {
        add("delete", path, p -> done(() -> Files.delete(p)));
        add("deleteIfExists", path, Files::deleteIfExists);
        add("createFile", path, p -> done(() -> Files.createFile(p)));
        add("createDirectory", path, p -> done(() -> Files.createDirectory(p)));
        add("createDirectories", path, p -> done(() -> Files.createDirectories(p.resolve("y/z"))));
        add(
                "private directory",
                path,
                p ->
                        done(() ->
                                Files.createDirectory(
                                        p.resolve("y"),
                                        PosixFilePermissions.asFileAttribute(
                                                PosixFilePermissions.fromString("rwx------")))));
        add(
                "createSymbolicLink",
                path,
                p ->
                        done(() ->
                                Files.createSymbolicLink(
                                        p, p.getFileSystem().getPath("../some where"))));
        add(
                "createLink to file",
                path,
                p -> done(() -> Files.createLink(p, p.resolveSibling("file"))));
        add("createLink", path, p -> done(() -> Files.createLink(sibling(p, "new"), p)));
        add(
                "setLastModifiedTime",
                path,
                p ->
                        Files.getLastModifiedTime(
                                Files.setLastModifiedTime(p, FileTime.fromMillis(-1_234_567))));
        add(
                "setPosixFilePermissions",
                path,
                p ->
                        Files.getPosixFilePermissions(
                                Files.setPosixFilePermissions(
                                        p, PosixFilePermissions.fromString("rwx-w---x"))));
        add(
                "setOwner",
                path,
                p ->
                        Files.getOwner(
                                        Files.setOwner(
                                                p,
                                                p.getFileSystem()
                                                        .getUserPrincipalLookupService()
                                                        .lookupPrincipalByName("12345")))
                                .getName());
        add(
                "setAttribute unix:mode",
                path,
                p ->
                        Files.getAttribute(
                                Files.setAttribute(p, "unix:mode", 0x1c0), "posix:permissions"));
        add("setAttribute of a size", path, p -> done(() -> Files.setAttribute(p, "size", 1L)));
        add("unknown view", path, p -> Files.getAttribute(p, "nothing:size"));
        add("unknown attribute", path, p -> Files.getAttribute(p, "posix:nothing"));
    }

    private void openings(String path) {
        for (OpenOption[] options : OPENINGS) {
            add("open %s".formatted(Arrays.toString(options)), path, p -> open(p, options));
        }
    }

    private void copiesAndMoves(String path, String target) {
        for (CopyOption[] options : COPIES) {
            String how = " to %s %s".formatted(target, Arrays.toString(options));
            add("copy" + how, path, p -> done(() -> Files.copy(p, sibling(p, target), options)));
            if (!List.of(options).contains(COPY_ATTRIBUTES)) {
                add(
                        "move" + how,
                        path,
                        p -> done(() -> Files.move(p, sibling(p, target), options)));
            }
        }
    }

    /** {@return another path of the fixture that the path is in} */
    private static Path sibling(Path path, String other) {
        for (Path up = path.getParent(); up != null; up = up.getParent()) {
            if (up.getFileName().toString().startsWith("fixture")) {
                return up.resolve(other);
            }
        }
        throw new IllegalStateException("%s is in no fixture".formatted(path));
    }

    @FunctionalInterface
    private interface Action {
        void run() throws IOException;
    }

    private static String done(Action action) throws IOException {
        action.run();
        return "done";
    }

    private static Object basic(Path path, LinkOption... links) throws IOException {
        BasicFileAttributes attributes =
                Files.readAttributes(path, BasicFileAttributes.class, links);
        return List.of(
                attributes.isDirectory(),
                attributes.isRegularFile(),
                attributes.isSymbolicLink(),
                attributes.isOther(),
                attributes.isDirectory() ? 0 : attributes.size());
    }

    private static Object posix(Path path, LinkOption... links) throws IOException {
        PosixFileAttributes attributes =
                Files.readAttributes(path, PosixFileAttributes.class, links);
        return List.of(
                PosixFilePermissions.toString(attributes.permissions()),
                attributes.owner().getName(),
                attributes.group().getName());
    }

    private static Object named(Path path, LinkOption... links) throws IOException {
        Map<String, Object> some = Files.readAttributes(path, "unix:mode,uid,gid,nlink", links);
        Set<String> names = Files.readAttributes(path, "unix:*", links).keySet();
        return List.of(new java.util.TreeMap<>(some), new java.util.TreeSet<>(names));
    }

    private static Object modified(Path path, LinkOption... links) throws IOException {
        FileTime time = Files.getLastModifiedTime(path, links);
        return Files.isRegularFile(path, links) ? time : "some time";
    }

    private static String relative(Path path, Path other) {
        return sibling(path, "").relativize(other).toString();
    }

    private static List<String> names(Path path) throws IOException {
        try (Stream<Path> names = Files.list(path)) {
            return names.map(name -> relative(path, name)).sorted().toList();
        }
    }

    private static List<String> walk(Path path, FileVisitOption... options) throws IOException {
        try (Stream<Path> names = Files.walk(path, options)) {
            return names.map(name -> relative(path, name)).sorted().toList();
        }
    }

    private static Object open(Path path, OpenOption... options) throws IOException {
        StringBuilder said = new StringBuilder();
        try (FileChannel channel = FileChannel.open(path, options)) {
            said.append(Files.exists(path, NOFOLLOW_LINKS)).append(' ');
            for (FileOperation.Body body : ChannelOperations.questions(channel)) {
                try {
                    said.append(body.run(path));
                } catch (Exception e) {
                    said.append(e.getClass().getSimpleName());
                }
                said.append(' ');
            }
            channel.write(ByteBuffer.wrap(new byte[] {'!'}));
        } catch (java.nio.channels.NonWritableChannelException e) {
            said.append("read only");
        }
        return said.toString();
    }
}
