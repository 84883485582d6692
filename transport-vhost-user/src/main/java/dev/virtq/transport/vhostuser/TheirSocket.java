package dev.virtq.transport.vhostuser;

import dev.virtq.device.DeviceLostException;
import dev.virtq.transport.vhostuser.posix.PosixException;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A socket on which the back end listens.
 *
 * @param path where
 */
record TheirSocket(Path path) implements MeetingPoint {
    @Override
    public String backEnd() {
        return "the back end at " + path;
    }

    @Override
    public Optional<String> awaited() {
        return Optional.empty();
    }

    @Override
    public UnixSocket connect() {
        try {
            return UnixSocket.connect(path);
        } catch (PosixException e) {
            throw new DeviceLostException(
                    "no back end answers at %s: %s".formatted(path, e.getMessage()), e);
        }
    }

    /** It is the back end's, and stays. */
    @Override
    public void close() {}
}
