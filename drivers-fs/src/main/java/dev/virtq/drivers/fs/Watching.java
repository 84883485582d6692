package dev.virtq.drivers.fs;

import dev.virtq.drivers.fs.directory.PollingWatchService;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Has a directory watched. */
final class Watching {
    private static final Set<WatchEvent.Kind<?>> KNOWN =
            Set.of(
                    StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_DELETE,
                    StandardWatchEventKinds.ENTRY_MODIFY,
                    StandardWatchEventKinds.OVERFLOW);

    /** What is looked at again and again, and compared. */
    private static final int MOST_NAMES = 100_000;

    private Watching() {}

    static WatchKey register(
            VirtioPath directory,
            PollingWatchService service,
            WatchEvent.Kind<?>[] kinds,
            WatchEvent.Modifier... modifiers)
            throws IOException {
        Set<WatchEvent.Kind<?>> wanted = new HashSet<>();
        for (WatchEvent.Kind<?> kind : kinds) {
            if (!KNOWN.contains(Objects.requireNonNull(kind))) {
                throw new UnsupportedOperationException(kind.name());
            }
            if (kind != StandardWatchEventKinds.OVERFLOW) {
                wanted.add(kind);
            }
        }
        if (wanted.isEmpty()) {
            throw new IllegalArgumentException("No events to register");
        }
        for (WatchEvent.Modifier modifier : modifiers) {
            throw new UnsupportedOperationException(
                    Objects.requireNonNull(modifier) + " is not supported");
        }
        if (!Files.isDirectory(directory)) {
            throw new NotDirectoryException(directory.toString());
        }
        Object key = Files.readAttributes(directory, "fileKey").get("fileKey");
        return service.register(
                Objects.requireNonNull(key), directory, () -> look(directory), wanted);
    }

    private static Map<Path, Object> look(VirtioPath directory) throws IOException {
        Map<Path, Object> states = new HashMap<>();
        for (Path name : names(directory)) {
            Object state = state(name);
            if (state != null) {
                states.put(name.getFileName(), state);
            }
        }
        return states;
    }

    private static List<Path> names(VirtioPath directory) throws IOException {
        List<Path> all = new ArrayList<>();
        try (DirectoryStream<Path> names = Files.newDirectoryStream(directory)) {
            for (Path name : names) {
                if (all.size() == MOST_NAMES) {
                    throw new FileSystemException(
                            directory.toString(),
                            null,
                            "a folder of more than %d names cannot be watched"
                                    .formatted(MOST_NAMES));
                }
                all.add(name);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return all;
    }

    /** {@return what is different when the file is; null when it has gone since} */
    private static @Nullable Object state(Path name) throws IOException {
        try {
            return Files.readAttributes(
                    name, "unix:ino,size,lastModifiedTime,mode", LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return null;
        }
    }
}
