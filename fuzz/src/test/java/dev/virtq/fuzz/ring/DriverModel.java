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

        /** What the device knows it by: a slot, where chains roll through the table. */
        int deviceId;

        Sent(Chain chain, int buffers, boolean indirect) {
            this.chain = chain;
            this.buffers = buffers;
            this.indirect = indirect;
        }
    }

    final int size;
    private final boolean rolling;
    final Map<Integer, Sent> chains = new TreeMap<>();
    final List<Integer> staged = new ArrayList<>();

    /** The chains that were ever sent since the last reset, the oldest first. */
    final List<Integer> sent = new ArrayList<>();

    /** The chains that the driver gave to the device, the oldest first. */
    final List<Integer> inFlight = new ArrayList<>();

    long publishedUnits;
    long judgedUnits;
    long takenUnits;
    private int nextSlot;

    /**
     * Begins with no chain.
     *
     * @param rolling whether a chain takes the slots after those of the one before, as in a split
     *     ring under IN_ORDER; else it has its slot, or an id that is no slot, for good
     */
    DriverModel(int size, boolean rolling) {
        this.size = size;
        this.rolling = rolling;
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
            Sent chain = chain(id);
            chain.place = Place.IN_FLIGHT;
            int slots = chain.indirect ? 1 : chain.chain.count();
            chain.units = unitsAreSlots ? slots : 1;
            chain.deviceId = rolling ? nextSlot : id;
            nextSlot = (nextSlot + slots) % size;
            publishedUnits += chain.units;
            inFlight.add(id);
            sent.add(id);
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
        sent.clear();
        nextSlot = 0;
        publishedUnits = 0;
        judgedUnits = 0;
        takenUnits = 0;
    }
}
