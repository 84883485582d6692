package dev.virtq.transport.vhostuser;

import dev.virtq.transport.vhostuser.posix.PosixException;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import java.nio.file.Path;

/** Where a back end is met, and another one when that one was lost. */
interface MeetingPlace {
    /** {@return its socket} */
    Path path();

    /**
     * {@return a connection to whoever is there now}
     *
     * @throws PosixException when nobody is
     */
    UnixSocket meet() throws PosixException;

    /** {@return a place where a back end listens} */
    static MeetingPlace listeningAt(Path path) {
        return new MeetingPlace() {
            @Override
            public Path path() {
                return path;
            }

            @Override
            public UnixSocket meet() throws PosixException {
                return UnixSocket.connect(path);
            }
        };
    }
}
