package dev.virtq.cli.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jline.reader.Candidate;

/** Files of this computer, as the end of a word. */
final class FileCandidates {
    private static final int MOST = 500;

    private FileCandidates() {}

    /**
     * {@return the files that can be meant; one that is a folder leads on}
     *
     * @param before what stands before the path in the word
     * @param begun how the path begins
     */
    static List<Candidate> files(String before, String begun) {
        return matching(before, begun, _ -> true);
    }

    /**
     * {@return the folders that can be meant}
     *
     * @param begun how the path begins
     */
    static List<Candidate> folders(String begun) {
        return matching("", begun, Files::isDirectory);
    }

    private static List<Candidate> matching(String before, String begun, Predicate<Path> wanted) {
        int slash = begun.lastIndexOf('/') + 1;
        String folder = begun.substring(0, slash);
        String start = begun.substring(slash);
        try (Stream<Path> files = Files.list(Path.of(folder.isEmpty() ? "." : folder))) {
            return files.filter(wanted)
                    .filter(file -> file.getFileName().toString().startsWith(start))
                    .limit(MOST)
                    .map(file -> candidate(before + folder, file))
                    .toList();
        } catch (IOException | InvalidPathException unreadable) {
            return List.of(); // there is nothing to complete in a folder that cannot be read
        }
    }

    private static Candidate candidate(String before, Path file) {
        boolean more = Files.isDirectory(file);
        String name = before + file.getFileName() + (more ? "/" : "");
        return new Candidate(name, name, "files", null, null, null, !more);
    }
}
