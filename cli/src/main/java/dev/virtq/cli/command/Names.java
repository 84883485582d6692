package dev.virtq.cli.command;

import dev.virtq.cli.value.CommandException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/** Names of files, as many as anybody wants to see: a server may have names without an end. */
final class Names {
    private static final int MOST = 500_000;

    private Names() {}

    /** {@return what is in a folder} */
    static List<Path> in(Path folder) throws IOException {
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
            return collected(stream.iterator(), folder);
        }
    }

    /** {@return a folder, and all that is below it, each folder before what is in it} */
    static List<Path> below(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return collected(all.iterator(), folder);
        }
    }

    private static List<Path> collected(Iterator<Path> names, Path folder) {
        List<Path> all = new ArrayList<>();
        while (names.hasNext()) {
            if (all.size() == MOST) {
                throw new CommandException(
                        "%s has more than %,d names in it, more than anybody looks at"
                                .formatted(folder, MOST));
            }
            all.add(names.next());
        }
        return all;
    }
}
