package dev.virtq.fuzz.ring;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a device end is: which chains it has taken and not yet used, the oldest first. Units are
 * chains in the split ring and slots in the packed ring.
 */
final class DeviceModel {
    /** A chain that the device has. */
    record Held(int id, int units) {}

    final int size;
    private final boolean inOrder;
    final List<Held> held = new ArrayList<>();
    long takenUnits;
    long usedUnits;
    long publishedUnits;
    long judgedUnits;

    DeviceModel(int size, boolean inOrder) {
        this.size = size;
        this.inOrder = inOrder;
    }

    boolean holds(int id) {
        return held.stream().anyMatch(it -> it.id() == id);
    }

    /** {@return how many units were taken and are not visibly used} */
    long outstanding() {
        return takenUnits - publishedUnits;
    }

    void take(int id, int units) {
        held.add(new Held(id, units));
        takenUnits += units;
    }

    void use(int which) {
        List<Held> gone = inOrder ? held.subList(0, which + 1) : held.subList(which, which + 1);
        gone.forEach(it -> usedUnits += it.units());
        gone.clear();
    }
}
