package dev.virtq.transport.vhostuser;

import dev.virtq.transport.vhostuser.protocol.ProtocolFeature;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * The account of transfers in flight, on its way from one back end to the next (INFLIGHT_SHMFD). It
 * is good for one life of the rings: when they start afresh, so does the account, or a back end
 * would begin transfers once more that nobody has sent.
 *
 * <p>A back end that is not proven dead may still write to it, as to the rings, and then neither is
 * what the next one could go on with.
 *
 * <p>Not thread safe.
 */
final class InflightAccount implements AutoCloseable {
    private @Nullable InflightArea area;

    /** Whether the back end that is there has it. */
    private boolean given;

    /** Whether the sizes of the queues can be told in the words of the protocol. */
    private boolean exact;

    /** The back end is lost. */
    void backEndIsGone(boolean provenDead) {
        given = false;
        if (!provenDead) {
            close();
        }
    }

    /**
     * Gives the account of the back end before to the one that is there now.
     *
     * @return whether it goes on with it
     */
    boolean resume(Connection connection, Session session) {
        InflightArea kept = area;
        if (kept == null || !exact || !session.has(ProtocolFeature.INFLIGHT_SHMFD)) {
            return false;
        }
        try {
            kept.give(connection);
            given = true;
            return true;
        } catch (BackEndFaultException e) {
            if (connection.lost().isPresent()) {
                throw e;
            }
            close(); // it says no: another account begins with the rings
            return false;
        }
    }

    /**
     * Before the rings run: a back end that keeps an account gets one, unless it goes on with that
     * of the one before it.
     *
     * @param rings those that are about to run
     * @param packed whether they are packed rings
     */
    void begin(Connection connection, Session session, Collection<Vring> rings, boolean packed) {
        if (given || rings.isEmpty() || !session.has(ProtocolFeature.INFLIGHT_SHMFD)) {
            return;
        }
        close();
        int queues = 0;
        int largest = 0;
        exact = true;
        for (Vring ring : rings) {
            // A smaller split ring has room in a larger account; the place in a packed ring is
            // counted in it, modulo the size that the account has.
            exact &= !packed || largest == 0 || ring.size() == largest;
            largest = Math.max(largest, ring.size());
            queues = Math.max(queues, ring.index() + 1);
        }
        InflightArea made = InflightArea.ask(connection, queues, largest, packed);
        area = made;
        made.give(connection);
        given = true;
    }

    /** The rings end, and what is in them is nobody's any more. */
    void end() {
        if (given) {
            given = false;
            close();
        }
    }

    @Override
    public void close() {
        InflightArea made = area;
        area = null;
        if (made != null) {
            made.close();
        }
    }
}
