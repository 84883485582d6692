package dev.virtq.proof.worlds;

import dev.virtq.device.QueueSetup;

/**
 * Tells states of a packed ring apart only where a ring could.
 *
 * <p><b>The ring is turned.</b> Driver and device are at positions 0 to 2n-1 of a ring of n slots,
 * two rounds with opposite wrap counters (virtio 1.4, section 2.8.1). All that the ends do with
 * slots is relative to their positions: they compare the flags of a slot with what its position
 * asks for, write the flags that its position has, and count event offsets round 2n. So a state in
 * which every position, slot and event offset is moved by the same number, and the flags of the
 * slots that come into the other round are inverted, can do the same. Each state is turned until
 * the driver's next used descriptor is at slot 0 with wrap counter 1. That makes equal, too, what
 * differs in all its wrap counters only.
 *
 * <p><b>What nobody can read is forgotten.</b> Between 0 and n from there, each slot has one
 * position; call it the slot's. Hence:
 *
 * <ul>
 *   <li>A second word whose flags are not those of its position's round becomes 0: used in the
 *       round before, as a ring begins. Whoever looks for that position learns that it does not
 *       match, and nothing else. Who looks for the one n further has been at this one: the driver
 *       has stored the slot for it, the device has loaded (of each slot of a chain) what was
 *       stored, and neither reads anything older from then on.
 *   <li>A second word whose flags make it available, but which the device has taken, keeps its
 *       flags only. The device goes on n further, and the driver sees that it is not used. (It may
 *       not become 0: the driver goes past it in a batch, and then looks there for what is used n
 *       further, before it stores anything.)
 *   <li>An address is marked, unless the slot is available and not taken. Reading it is a fault.
 *   <li>The slot at which a chain was sent, which the driver keeps for onlookers only.
 * </ul>
 */
final class PackedReduction {
    private static final long ROUND = 0x8080L << 48;
    private static final long AVAILABLE = 0x0080L << 48;
    private static final int DRIVER_USED = 1;
    private static final int DEVICE_AVAILABLE = 0;
    private static final int EVENTS_DESC = 2;
    private static final int NEITHER = -1;
    private static final int EVENT = -2;

    private final int size;
    private final SharedMemory memory;
    private final int[] addresses;
    private final int[] rests;

    /** For each place: the slot whose second word is there, or whether it is an event offset. */
    private final int[] role = new int[Messages.PLACES];

    /** For each place: to which one it is turned. */
    private final int[] turned = new int[Messages.PLACES];

    /** For each place: which one is turned to it. */
    private final int[] source = new int[Messages.PLACES];

    private int base;
    private int taken;

    /**
     * Looks for the ring in memory.
     *
     * @param delta how much larger a native address is than a device address
     */
    PackedReduction(QueueSetup setup, long delta, SharedMemory memory, Places places) {
        size = setup.size();
        this.memory = memory;
        addresses = new int[size];
        rests = new int[size];
        for (int place = 0; place < Messages.PLACES; place++) {
            role[place] = NEITHER;
            turned[place] = place;
            source[place] = place;
        }
        for (int slot = 0; slot < size; slot++) {
            long address = setup.descriptorArea() + 16L * slot + delta;
            addresses[slot] = memory.place(address, 8);
            rests[slot] = memory.place(address + 8, 8);
            role[rests[slot]] = slot;
        }
        places.alike(addresses);
        places.alike(rests);
        role[memory.place(setup.driverArea() + delta, 4)] = EVENT;
        role[memory.place(setup.deviceArea() + delta, 4)] = EVENT;
    }

    /**
     * Turns what both sides have of their own, and marks addresses.
     *
     * @param isHalfWritten whether the driver may have written an address and not yet the rest
     */
    void turn(FieldNumbers driver, FieldNumbers device, boolean isHalfWritten) {
        base = position(driver, DRIVER_USED);
        taken = Math.min(size, distance(position(device, DEVICE_AVAILABLE)));
        for (int slot = 0; slot < size; slot++) {
            int to = Math.floorMod(slot - base, size);
            turned[addresses[slot]] = addresses[to];
            turned[rests[slot]] = rests[to];
            source[addresses[to]] = addresses[slot];
            source[rests[to]] = rests[slot];
            boolean isWritten =
                    isHalfWritten
                            || (turnFlags(slot, memory.newest(rests[slot])) & ROUND) == AVAILABLE;
            if (to < taken || !isWritten) {
                memory.kill(addresses[slot]);
            }
        }
        turnPositions(driver);
        turnPositions(device);
        for (int id = 0; id < driver.length("SentChains.places[]"); id++) {
            long place = driver.get("SentChains.places[]", id);
            driver.set("SentChains.places[]", id, place > 0 ? place & 0xffff : place);
        }
        if (device.get("PackedDeviceRing.usedSlots") != 0) {
            int slot = (int) device.get("PackedDeviceRing.firstSlot");
            device.set(
                    "PackedDeviceRing.firstRest",
                    turnFlags(slot, device.get("PackedDeviceRing.firstRest")));
            device.set("PackedDeviceRing.firstSlot", Math.floorMod(slot - base, size));
        }
    }

    /** {@return a value at a place, with what nobody can read taken out} */
    long forgetting(int place, long value) {
        int slot = role[place];
        if (slot < 0) {
            return turnValue(place, value);
        }
        long word = turnFlags(slot, value);
        long round = word & ROUND;
        if (round == AVAILABLE && Math.floorMod(slot - base, size) < taken) {
            return AVAILABLE;
        }
        return round == ROUND || round == AVAILABLE ? word : 0;
    }

    /** {@return a value that was loaded at a place} */
    long turnValue(int place, long value) {
        return switch (role[place]) {
            case NEITHER -> value;
            case EVENT -> turnEvent((int) value);
            default -> turnFlags(role[place], value);
        };
    }

    int turned(int place) {
        return turned[place];
    }

    int source(int place) {
        return source[place];
    }

    private int turnEvent(int word) {
        if (word >>> 16 != EVENTS_DESC) {
            return word;
        }
        int position = (word & 0x7fff) + ((word & 0x8000) != 0 ? 0 : size);
        int now = distance(position);
        int moved = now < size ? now | 0x8000 : now - size;
        return (EVENTS_DESC << 16) | moved;
    }

    private long turnFlags(int slot, long word) {
        int position = base + Math.floorMod(slot - base, size);
        boolean sameRound = position % (2 * size) < size;
        return sameRound ? word : word ^ ROUND;
    }

    private void turnPositions(FieldNumbers side) {
        for (int i = 0; i < side.length("RingPosition.slot"); i++) {
            int now = distance(position(side, i));
            side.set("RingPosition.slot", 2 * i, now % size);
            side.set("RingPosition.wrap", 2 * i, now < size ? 1 : 0);
        }
    }

    private int position(FieldNumbers side, int which) {
        int slot = (int) side.get("RingPosition.slot", 2 * which);
        return side.get("RingPosition.wrap", 2 * which) != 0 ? slot : slot + size;
    }

    private int distance(int position) {
        return Math.floorMod(position - base, 2 * size);
    }
}
