package dev.virtq.fuzz.ring;

import dev.virtq.queue.ring.Chain;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a driver end must believe, whatever the device writes: which chains there are and who has
 * them. It counts in units, of which the split ring has one for each chain, and the packed ring one
 * for each slot.
 */
final class DriverModel {
    /** Where a chain is. */
    enum Place {
        PREPARED,
        STAGED,
        IN_FLIGHT
    }

    /** A chain that was reserved. */
    static final class Sent {
        final Chain chain;
        final int buffers;
        final boolean indirect;
        Place place = Place.PREPARED;
        int units;

        Sent(Chain chain, int buffers, boolean indirect) {
            this.chain = chain;
            this.buffers = buffers;
            this.indirect = indirect;
        }
    }

    final int size;
    final Map<Integer, Sent> chains = new TreeMap<>();
    final List<Integer> staged = new ArrayList<>();

    /** The chains that the driver gave to the device, the oldest first. */
    final List<Integer> inFlight = new ArrayList<>();

    long publishedUnits;
    long judgedUnits;
    long takenUnits;

    DriverModel(int size) {
        this.size = size;
    }

    List<Integer> ids(Place place) {
        List<Integer> ids = new ArrayList<>();
        chains.forEach((id, sent) -> {
            if (sent.place == place) {
                ids.add(id);
            }
        });
        return ids;
    }

    Sent chain(int id) {
        Sent sent = chains.get(id);
        if (sent == null) {
            throw new AssertionError("there is no chain " + id);
        }
        return sent;
    }

    void stage(int id) {
        chain(id).place = Place.STAGED;
        staged.add(id);
    }

    void unstage(int id) {
        chain(id).place = Place.PREPARED;
        staged.remove(Integer.valueOf(id));
    }

    void publish(boolean unitsAreSlots) {
        for (int id : staged) {
            Sent sent = chain(id);
            sent.place = Place.IN_FLIGHT;
            sent.units = !unitsAreSlots || sent.indirect ? 1 : sent.chain.count();
            publishedUnits += sent.units;
            inFlight.add(id);
        }
        staged.clear();
    }

    void takeBack(int id) {
        Sent sent = chain(id);
        sent.place = Place.PREPARED;
        takenUnits += sent.units;
        inFlight.remove(Integer.valueOf(id));
    }

    void restart() {
        chains.values().forEach(sent -> sent.place = Place.PREPARED);
        staged.clear();
        inFlight.clear();
        publishedUnits = 0;
        judgedUnits = 0;
        takenUnits = 0;
    }
}
