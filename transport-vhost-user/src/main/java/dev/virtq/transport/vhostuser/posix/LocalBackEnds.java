package dev.virtq.transport.vhostuser.posix;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Back ends in this very process, which say themselves when they have ended. Of another process the
 * system proves that; of a part of this one nobody else can.
 *
 * <p>Threads: any.
 */
public final class LocalBackEnds {
    private static final Map<Path, Life> LIVES = new ConcurrentHashMap<>();

    private LocalBackEnds() {}

    /** One connection that a back end serves. */
    public static final class Life {
        private final Path socket;
        private volatile boolean ended;

        private Life(Path socket) {
            this.socket = socket;
        }

        /** Nothing that the front end has shared is touched any more. To be said from then on. */
        public void end() {
            ended = true;
            LIVES.remove(socket, this);
        }

        /** {@return whether it has ended} */
        public boolean hasEnded() {
            return ended;
        }
    }

    /**
     * A back end begins to serve a front end.
     *
     * @param socket where it listens
     * @return to be ended
     */
    public static Life begin(Path socket) {
        Life life = new Life(name(socket));
        LIVES.put(life.socket, life);
        return life;
    }

    /**
     * {@return what serves there now; empty when nobody says that he does}
     *
     * @param socket where a back end listens
     */
    public static Optional<Life> at(Path socket) {
        return Optional.ofNullable(LIVES.get(name(socket)));
    }

    /** Both sides may call it differently. */
    private static Path name(Path socket) {
        return socket.toAbsolutePath().normalize();
    }
}
