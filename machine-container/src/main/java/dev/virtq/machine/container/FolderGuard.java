package dev.virtq.machine.container;

import dev.virtq.machine.qemu.QemuException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A shell of this computer that removes a machine's folder should this JVM be killed while the
 * machine starts. The container's watchdog cannot: the folder is a mount point in there.
 */
final class FolderGuard implements AutoCloseable {
    private static final String SCRIPT =
            """
            trap '' INT QUIT HUP TERM
            while read -r ignored; do :; done
            rm -rf -- "$1"
            """;

    private final Process shell;

    private FolderGuard(Process shell) {
        this.shell = shell;
    }

    static FolderGuard over(Path folder) {
        try {
            return new FolderGuard(
                    new ProcessBuilder("/bin/sh", "-c", SCRIPT, "guard", folder.toString())
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start());
        } catch (IOException failure) {
            throw new QemuException("cannot run /bin/sh: " + failure.getMessage(), failure);
        }
    }

    /** Lets the shell go, which removes the folder, unless that was done. */
    @Override
    public void close() {
        try {
            shell.getOutputStream().close();
        } catch (IOException gone) {
            System.getLogger(FolderGuard.class.getName())
                    .log(System.Logger.Level.DEBUG, "the guard of a folder is gone", gone);
        }
    }
}
