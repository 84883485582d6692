package dev.virtq.transport.vhostuser;

import dev.virtq.transport.vhostuser.posix.PosixException;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * A socket on which the back end listens.
 *
 * @param path where
 */
record TheirSocket(Path path) implements MeetingPlace {
    @Override
    public String backEnd() {
        return "the back end at " + path;
    }

    @Override
    public Optional<String> awaited() {
        return Optional.empty();
    }

    @Override
    public UnixSocket meet() throws PosixException {
        return UnixSocket.connect(path);
    }

    @Override
    public UnixSocket meet(Duration atMost) throws PosixException {
        return meet();
    }

    /** It is the back end's, and stays. */
    @Override
    public void close() {}
}
