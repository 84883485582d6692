package dev.virtq.e2e;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

/** A folder with one of each: what every operation begins with. */
final class FolderFixture {
    /** Paths in it, of what is there and what is not. */
    static final List<String> PATHS =
            List.of(
                    "file",
                    "empty",
                    "dir",
                    "full",
                    "link",
                    "dirlink",
                    "dangling",
                    "loop",
                    "hard",
                    "script",
                    "missing",
                    "none/x",
                    "file/x",
                    "full/x",
                    "dirlink/x",
                    "loop/x",
                    "full/..",
                    "full/.",
                    "dirlink/../file",
                    "n\u00e4me\n\ud83d\ude00");

    private FolderFixture() {}

    static void make(Path folder) throws IOException {
        Files.createDirectory(folder);
        Files.writeString(folder.resolve("file"), "content");
        Files.createFile(folder.resolve("empty"));
        Files.createDirectory(folder.resolve("dir"));
        Files.createDirectory(folder.resolve("full"));
        Files.writeString(folder.resolve("full/x"), "within");
        Files.createSymbolicLink(folder.resolve("link"), Path.of("file"));
        Files.createSymbolicLink(folder.resolve("dirlink"), Path.of("full"));
        Files.createSymbolicLink(folder.resolve("dangling"), Path.of("nowhere"));
        Files.createSymbolicLink(folder.resolve("loop"), Path.of("loop"));
        Files.createLink(folder.resolve("hard"), folder.resolve("file"));
        Files.writeString(folder.resolve("script"), "#!/bin/true");
        Files.setPosixFilePermissions(
                folder.resolve("script"), PosixFilePermissions.fromString("r-xr-x---"));
        Files.writeString(folder.resolve("n\u00e4me\n\ud83d\ude00"), "named");
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.filter(Files::isRegularFile).toList()) {
                Files.setLastModifiedTime(path, FileTime.fromMillis(1_000_000_123_456L));
            }
        }
    }

    /** {@return all that is in the folder, as the host sees it} */
    static String describe(Path folder) throws IOException {
        StringBuilder text = new StringBuilder();
        try (Stream<Path> all = Files.walk(folder, new FileVisitOption[0])) {
            for (Path path : all.sorted().toList()) {
                text.append(folder.relativize(path)).append(' ').append(describeOne(path));
                text.append('\n');
            }
        }
        return text.toString();
    }

    private static String describeOne(Path path) throws IOException {
        if (Files.isSymbolicLink(path)) {
            return "-> " + Files.readSymbolicLink(path);
        }
        String permissions = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
        if (Files.isDirectory(path)) {
            return permissions + "/";
        }
        return permissions
                + " %s x%s"
                        .formatted(Files.readString(path), Files.getAttribute(path, "unix:nlink"));
    }
}
