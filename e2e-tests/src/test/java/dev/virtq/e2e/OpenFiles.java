package dev.virtq.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What this JVM has open. */
final class OpenFiles {
    private OpenFiles() {}

    /** {@return how many sockets, eventfds, memory files and process watches of virtq's kinds} */
    static long ofVirtq() throws IOException {
        List<String> open = new ArrayList<>();
        try (var numbers = Files.list(Path.of("/proc/self/fd"))) {
            for (Path number : numbers.toList()) {
                if (Files.exists(
                        number, LinkOption.NOFOLLOW_LINKS)) { // the listing's own is closed
                    open.add(Files.readSymbolicLink(number).toString());
                }
            }
        }
        return open.stream()
                .filter(target ->
                        target.startsWith("socket:")
                                || target.contains("eventfd")
                                || target.contains("pidfd")
                                || target.contains("memfd:v")) // the back ends' accounts, too
                .count();
    }
}
