package dev.virtq.drivers.fs;

import dev.virtq.drivers.fs.path.LexicalPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.ArrayList;
import java.util.List;

/** Real paths in which links stay. */
final class RealPaths {
    private RealPaths() {}

    /** Leaves out what can be left out: a name before {@code ..} only when it is no link. */
    static LexicalPath withoutFollowing(VirtioPath absolute) throws IOException {
        VirtioFileSystem system = absolute.getFileSystem();
        List<String> kept = new ArrayList<>();
        for (String name : absolute.lexical().names()) {
            if (name.equals(".")) {
                continue;
            }
            boolean goesBack = name.equals("..");
            if (!goesBack) {
                kept.add(name);
            } else if (!kept.isEmpty()) {
                VirtioPath before = new VirtioPath(system, LexicalPath.of(true, kept));
                if (kept.getLast().equals("..") || Files.isSymbolicLink(before)) {
                    kept.add(name);
                } else {
                    kept.removeLast();
                }
            }
        }
        LexicalPath real = LexicalPath.of(true, kept);
        system.provider().checkExists(new VirtioPath(system, real), LinkOption.NOFOLLOW_LINKS);
        return real;
    }
}
