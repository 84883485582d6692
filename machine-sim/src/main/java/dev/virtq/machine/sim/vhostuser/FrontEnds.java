package dev.virtq.machine.sim.vhostuser;

import dev.virtq.transport.vhostuser.posix.EventFd;
import dev.virtq.transport.vhostuser.posix.Poll;
import dev.virtq.transport.vhostuser.posix.PosixException;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where a back end finds one front end after the other. */
sealed interface FrontEnds extends AutoCloseable {
    /** {@return the socket in the file system} */
    Path path();

    /**
     * Waits for the next, until somebody asks for attention.
     *
     * @return the connection to it; {@code null} when there is none yet
     * @throws IOException when there never will be one
     */
    @Nullable UnixSocket next(EventFd attention) throws IOException;

    @Override
    void close() throws IOException;

    /**
     * Those that connect to a socket of this side, which is removed in the end.
     *
     * @param path where
     * @param listening the socket
     */
    record Listening(Path path, UnixSocket listening) implements FrontEnds {
        private static final int MINUTE_MILLIS = 60_000;

        static Listening at(Path path) throws PosixException {
            return new Listening(path, UnixSocket.listen(path));
        }

        @Override
        public @Nullable UnixSocket next(EventFd attention) throws IOException {
            int[] happened =
                    Poll.first(
                            MINUTE_MILLIS,
                            new Poll.Wish(attention, Poll.READABLE),
                            new Poll.Wish(listening, Poll.READABLE));
            return happened[0] == 0 && happened[1] != 0 ? listening.accept() : null;
        }

        @Override
        public void close() throws IOException {
            try (listening) {
                Files.deleteIfExists(path);
            }
        }
    }

    /**
     * Whoever listens on a socket. It may be there later, or again.
     *
     * @param path where
     */
    record Connecting(Path path) implements FrontEnds {
        private static final int PAUSE_MILLIS = 20;

        @Override
        public @Nullable UnixSocket next(EventFd attention) throws IOException {
            if (Poll.isReady(attention, Poll.READABLE, PAUSE_MILLIS)) {
                return null;
            }
            try {
                return UnixSocket.connect(path);
            } catch (PosixException e) {
                return null; // it is not there yet
            }
        }

        @Override
        public void close() {}
    }
}
