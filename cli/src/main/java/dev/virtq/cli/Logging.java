package dev.virtq.cli;

import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * What libraries log. Warnings of virtq's own rooms go to the standard error, one line each; those
 * of Testcontainers and its Docker client do not, since their failures come as exceptions as well.
 */
final class Logging {
    /** Held here, since the logging framework forgets a logger that nobody holds, level and all. */
    private static final Logger ROOT = Logger.getLogger("");

    private static final Logger VIRTQ = Logger.getLogger("dev.virtq");

    private Logging() {}

    static void quiet() {
        if (System.getProperty("java.util.logging.config.file") != null) {
            return; // the user has said what to log
        }
        System.setProperty("java.util.logging.SimpleFormatter.format", "virtq: %5$s%6$s%n");
        ROOT.setLevel(Level.OFF);
        VIRTQ.setLevel(Level.WARNING);
    }
}
