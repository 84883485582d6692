package dev.virtq.drivers.fs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/** Copies and moves from one share to another: through here, for the servers know nothing of it. */
final class BetweenShares {
    private BetweenShares() {}

    static void copy(VirtioPath source, VirtioPath target, CopyOption... given) throws IOException {
        Set<CopyOption> options = Arrays.stream(given).collect(Collectors.toSet());
        if (options.contains(StandardCopyOption.ATOMIC_MOVE)) {
            throw new UnsupportedOperationException("ATOMIC_MOVE is not supported here");
        }
        LinkOption[] links =
                options.contains(LinkOption.NOFOLLOW_LINKS)
                        ? new LinkOption[] {LinkOption.NOFOLLOW_LINKS}
                        : new LinkOption[0];
        BasicFileAttributes attributes =
                Files.readAttributes(source, BasicFileAttributes.class, links);
        if (options.contains(StandardCopyOption.REPLACE_EXISTING)) {
            Files.deleteIfExists(target);
        } else if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(target.toString());
        }
        if (attributes.isDirectory()) {
            Files.createDirectory(target);
        } else if (attributes.isSymbolicLink()) {
            Path link = Files.readSymbolicLink(source);
            Files.createSymbolicLink(target, target.getFileSystem().getPath(link.toString()));
        } else {
            try (InputStream content = Files.newInputStream(source)) {
                Files.copy(content, target);
            }
        }
        if (options.contains(StandardCopyOption.COPY_ATTRIBUTES) && !attributes.isSymbolicLink()) {
            Files.getFileAttributeView(target, BasicFileAttributeView.class)
                    .setTimes(
                            attributes.lastModifiedTime(),
                            attributes.lastAccessTime(),
                            attributes.creationTime());
        }
    }

    static void move(VirtioPath source, VirtioPath target, CopyOption... given) throws IOException {
        for (CopyOption option : given) {
            if (option == StandardCopyOption.ATOMIC_MOVE) {
                throw new AtomicMoveNotSupportedException(
                        source.toString(), target.toString(), "the shares are two");
            }
        }
        if (Files.isDirectory(source, LinkOption.NOFOLLOW_LINKS) && !isEmpty(source)) {
            throw new DirectoryNotEmptyException(source.toString());
        }
        CopyOption[] options = Arrays.copyOf(given, given.length + 2);
        options[given.length] = LinkOption.NOFOLLOW_LINKS;
        options[given.length + 1] = StandardCopyOption.COPY_ATTRIBUTES;
        copy(source, target, options);
        Files.delete(source);
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (DirectoryStream<Path> names = Files.newDirectoryStream(directory)) {
            return !names.iterator().hasNext();
        }
    }
}
