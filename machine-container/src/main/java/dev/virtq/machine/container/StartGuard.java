package dev.virtq.machine.container;

import dev.virtq.machine.qemu.QemuException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A shell of this computer that cleans up should this JVM be killed while the machine starts. Until
 * then the container cannot do that itself: it may not have been started yet, and it cannot remove
 * the machine's folder, which is a mount point in there.
 */
final class StartGuard implements AutoCloseable {
    private static final byte[] DONE = "done\n".getBytes(StandardCharsets.US_ASCII);

    /**
     * The engine may still be making the container when the JVM is gone, so it is asked a few
     * times. Without the docker command a container that was not started stays until {@link
     * UnstartedContainers} finds it.
     */
    private static final String SCRIPT =
            """
            folder=$1
            label=$2
            trap '' INT QUIT HUP TERM
            read -r word
            [ "$word" != done ] || exit 0
            rm -rf -- "$folder"
            command -v docker || exit 0
            for time in 1 2 3; do
                docker ps --all --quiet --filter "label=$label=$folder" |
                    while read -r id; do docker rm --force --volumes "$id"; done
                sleep 0.2
            done
            rm -rf -- "$folder"
            """;

    private final Process shell;

    private StartGuard(Process shell) {
        this.shell = shell;
    }

    static StartGuard over(Path folder, EngineSocket engine) {
        ProcessBuilder builder =
                new ProcessBuilder(
                        "/bin/sh", "-c", SCRIPT, "guard", folder.toString(), Confinement.LABEL);
        builder.environment().put("DOCKER_HOST", "unix://" + engine.path());
        try {
            return new StartGuard(
                    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start());
        } catch (IOException failure) {
            throw new QemuException("cannot run /bin/sh: " + failure.getMessage(), failure);
        }
    }

    /** Lets the shell go: the start is over, and whoever did it has cleaned up. */
    @Override
    public void close() {
        try (var input = shell.getOutputStream()) {
            input.write(DONE);
        } catch (IOException gone) {
            System.getLogger(StartGuard.class.getName())
                    .log(System.Logger.Level.DEBUG, "the guard of a start is gone", gone);
        }
    }
}
