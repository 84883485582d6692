package dev.virtq.cli;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * What the libraries log is no answer to a command: warnings of virtq are shown, and what
 * Testcontainers says of its own work is not, since whatever goes wrong there comes back as an
 * exception.
 */
final class Logs {
    /** Held, since a logger that nobody holds forgets its level. */
    private static final List<Logger> SILENT =
            List.of(
                    Logger.getLogger("org.testcontainers"),
                    Logger.getLogger("com.github.dockerjava"),
                    Logger.getLogger("tc"));

    private Logs() {}

    static void keepQuiet() {
        if (System.getProperty("java.util.logging.config.file") != null) {
            return; // the user has said what to log
        }
        System.setProperty("java.util.logging.SimpleFormatter.format", "virtq: %5$s%6$s%n");
        Logger.getLogger("").setLevel(Level.WARNING);
        SILENT.forEach(logger -> logger.setLevel(Level.OFF));
    }
}
