package dev.virtq.e2e;

import java.nio.file.Path;

/**
 * Something that is done in a folder of any file system.
 *
 * @param name what it is
 * @param body does it, and gives what is to be compared
 */
record FileOperation(String name, Body body) {
    /** Does it. */
    @FunctionalInterface
    interface Body {
        Object run(Path folder) throws Exception;
    }
}
