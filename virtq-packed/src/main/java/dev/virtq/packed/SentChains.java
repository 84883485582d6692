package dev.virtq.packed;

import java.util.Arrays;

/**
 * Which chains are staged or with the device, and where they are in the ring. The driver needs that
 * to know how far it is when one comes back: a used descriptor stands for all slots of its chain,
 * and says nothing of how many these are (virtio 1.4, section 2.8.6).
 */
final class SentChains {
    private static final int NOT_IN_RING = 0;
    private static final int STAGED = -1;

    /**
     * For each id: not in the ring, staged, or in flight, and then the first slot in the upper
     * half, and how many there are in the lower. How many is as it was when the chain was sent: its
     * limits may change later.
     */
    private final int[] places;

    private final int[] staged;
    private int stagedCount;
    private final boolean inOrder;
    private final IdQueue order;
    private int count;

    SentChains(int size, boolean inOrder) {
        places = new int[size];
        staged = new int[size];
        this.inOrder = inOrder;
        order = new IdQueue(inOrder ? size : 0);
    }

    /** {@return how many entries the ring has} */
    int size() {
        return places.length;
    }

    void stage(int id) {
        if (places[id] != NOT_IN_RING) {
            throw new IllegalStateException(
                    "chain %d is %s already"
                            .formatted(id, isStaged(id) ? "staged" : "with the device"));
        }
        places[id] = STAGED;
        staged[stagedCount++] = id;
    }

    void unstage(int id) {
        if (!isStaged(id)) {
            throw new IllegalStateException("chain " + id + " is not staged");
        }
        places[id] = NOT_IN_RING;
        int at = 0;
        while (staged[at] != id) {
            at++;
        }
        stagedCount--;
        System.arraycopy(staged, at + 1, staged, at, stagedCount - at);
    }

    int stagedCount() {
        return stagedCount;
    }

    /** {@return one of the staged chains, in the order in which they were staged} */
    int staged(int index) {
        return staged[index];
    }

    /** One of the staged chains is in these slots now. */
    void send(int id, int slot, int slots) {
        places[id] = (slot << 16) | slots;
        if (inOrder) {
            order.add(id);
        }
    }

    /** All of the staged chains are with the device. */
    void allSent() {
        count += stagedCount;
        stagedCount = 0;
    }

    /** {@return the chain that was sent first of those in flight; only with VIRTIO_F_IN_ORDER} */
    int oldest() {
        return order.remove();
    }

    /** A chain comes back. {@return how many slots it had} */
    int end(int id) {
        int slots = slots(id);
        places[id] = NOT_IN_RING;
        count--;
        return slots;
    }

    boolean isStaged(int id) {
        return places[id] == STAGED;
    }

    boolean isInFlight(int id) {
        return places[id] > NOT_IN_RING;
    }

    /** {@return the first slot of a chain in flight} */
    int slot(int id) {
        return places[id] >>> 16;
    }

    /** {@return how many slots a chain in flight has} */
    int slots(int id) {
        return places[id] & 0xffff;
    }

    /** {@return how many chains are in flight} */
    int count() {
        return count;
    }

    /** {@return the chains in flight, the oldest first; empty without VIRTIO_F_IN_ORDER} */
    int[] order() {
        return order.toArray();
    }

    void restart() {
        Arrays.fill(places, NOT_IN_RING);
        order.clear();
        stagedCount = 0;
        count = 0;
    }
}
