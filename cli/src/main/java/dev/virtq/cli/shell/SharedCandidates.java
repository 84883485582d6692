package dev.virtq.cli.shell;

import dev.virtq.cli.session.Session;
import dev.virtq.device.VirtioException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jline.reader.Candidate;

/** Paths of a share that is mounted, as they can go on. */
final class SharedCandidates {
    /** More than a screen shows. */
    private static final int MOST = 500;

    /** Who waits for more has stopped waiting. */
    private static final int MOST_LOOKED_AT = 20_000;

    private SharedCandidates() {}

    /**
     * {@return the files that a path can go on to; none while nothing is mounted, or when the
     * server does not tell}
     */
    static List<Candidate> startingWith(Session session, String begun) {
        if (!session.hasShare()) {
            return List.of(); // nothing is mounted for the sake of a name
        }
        String folder = begun.substring(0, begun.lastIndexOf('/') + 1);
        List<Candidate> found = new ArrayList<>();
        int looked = 0;
        try {
            Path start = session.share().path(folder);
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(start)) {
                for (Path entry : entries) {
                    if (found.size() == MOST || ++looked > MOST_LOOKED_AT) {
                        break;
                    }
                    Path name = entry.getFileName();
                    if ((folder + name).startsWith(begun)) {
                        boolean isFolder = Files.isDirectory(entry);
                        String word = folder + name + (isFolder ? "/" : "");
                        found.add(
                                new Candidate(
                                        word,
                                        name + (isFolder ? "/" : ""),
                                        "files",
                                        null,
                                        null,
                                        null,
                                        !isFolder));
                    }
                }
            }
        } catch (IOException | DirectoryIteratorException | VirtioException unknown) {
            return List.of(); // whoever runs the command is told
        }
        found.sort(Comparator.comparing(Candidate::value));
        return found;
    }
}
