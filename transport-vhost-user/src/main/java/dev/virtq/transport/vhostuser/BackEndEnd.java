package dev.virtq.transport.vhostuser;

import dev.virtq.transport.vhostuser.posix.LocalBackEnds;
import dev.virtq.transport.vhostuser.posix.PosixException;
import dev.virtq.transport.vhostuser.posix.ProcessWatch;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether a back end has ended, proven: a connection that is closed proves nothing of what its
 * process still writes to memory. Of a process that cannot be seen from here, as one in another
 * container, it is never proven.
 */
final class BackEndEnd implements AutoCloseable {
    /** Between two looks. */
    private static final long PAUSE_MILLIS = 1;

    private final @Nullable ProcessWatch process;
    private final LocalBackEnds.@Nullable Life life;

    private BackEndEnd(@Nullable ProcessWatch process, LocalBackEnds.@Nullable Life life) {
        this.process = process;
        this.life = life;
    }

    /**
     * {@return the end of a back end that serves a connection already}
     *
     * @param place where it was met
     */
    static BackEndEnd of(UnixSocket connection, Path place) {
        try {
            int process = connection.peerProcess();
            if (process == ProcessHandle.current().pid()) {
                Optional<LocalBackEnds.Life> life = LocalBackEnds.at(place);
                return new BackEndEnd(null, life.orElse(null));
            }
            return new BackEndEnd(process == 0 ? null : ProcessWatch.of(process), null);
        } catch (PosixException e) {
            return new BackEndEnd(null, null);
        }
    }

    boolean isProven() {
        ProcessWatch other = process;
        LocalBackEnds.Life here = life;
        return (other != null && other.hasEnded()) || (here != null && here.hasEnded());
    }

    private boolean canBeProven() {
        return process != null || life != null;
    }

    /** A process closes its sockets a moment before it has ended. */
    boolean isProvenWithin(Duration time) throws InterruptedException {
        long start = System.nanoTime();
        while (!isProven()) {
            if (!canBeProven() || System.nanoTime() - start > time.toNanos()) {
                return false;
            }
            Thread.sleep(PAUSE_MILLIS);
        }
        return true;
    }

    @Override
    public void close() {
        if (process != null) {
            process.close();
        }
    }
}
