package dev.virtq.transport.vhostuser;

import dev.virtq.device.DeviceLostException;
import dev.virtq.transport.vhostuser.posix.PosixException;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Where front end and back end meet. Either side may be the one that waits there; what they say to
 * each other afterwards is the same. They can meet more than once.
 */
interface MeetingPlace extends AutoCloseable {
    /** {@return the socket in the file system} */
    Path path();

    /** {@return who is met here, as in {@code the back end at /run/net.sock}} */
    String backEnd();

    /** {@return what else somebody must start, and by when; empty when nothing} */
    Optional<String> awaited();

    /**
     * Meets a back end, within the time that this place gives it to come.
     *
     * @return a new connection, which the caller closes
     * @throws PosixException when nobody is there
     * @throws DeviceLostException when nobody has come, or this was closed
     */
    UnixSocket meet() throws PosixException;

    /**
     * Meets a back end, as {@link #meet()}, within another time.
     *
     * @param atMost how long to wait where back ends come; where they are nobody waits
     */
    UnixSocket meet(Duration atMost) throws PosixException;

    /** Nobody is met here any more; connections stay. Idempotent, from any thread. */
    @Override
    void close();
}
