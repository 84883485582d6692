package dev.virtq.transport.vhostuser;

import dev.virtq.device.DeviceLostException;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where front end and back end meet. Either side may be the one that waits there; what they say to
 * each other afterwards is the same. They can meet more than once.
 */
interface MeetingPoint extends AutoCloseable {
    /** {@return the socket in the file system} */
    Path path();

    /** {@return who is met here, as in {@code the back end at /run/net.sock}} */
    String backEnd();

    /** {@return what else somebody must start, and by when; empty when nothing} */
    Optional<String> awaited();

    /**
     * Meets a back end. The wait for it is bounded.
     *
     * @return a new connection, which the caller closes
     * @throws DeviceLostException when none comes, or this was closed
     */
    UnixSocket connect();

    /** Nobody is met here any more; connections stay. Idempotent, from any thread. */
    @Override
    void close();
}
