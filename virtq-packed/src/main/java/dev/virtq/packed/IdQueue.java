package dev.virtq.packed;

/**
 * Ids in the order in which they were added: what VIRTIO_F_IN_ORDER lets both ends know without
 * being told (virtio 1.4, section 2.8.8). Kept in the own memory of whoever needs it.
 */
final class IdQueue {
    private final int[] ids;
    private int head;
    private int count;

    /** For that many ids at once. */
    IdQueue(int capacity) {
        ids = new int[capacity];
    }

    void add(int id) {
        int tail = head + count;
        ids[tail >= ids.length ? tail - ids.length : tail] = id;
        count++;
    }

    /** Takes out the oldest, of one or more. */
    int remove() {
        int id = ids[head];
        head = head + 1 == ids.length ? 0 : head + 1;
        count--;
        return id;
    }

    void clear() {
        head = 0;
        count = 0;
    }

    /** {@return the ids, the oldest first} */
    int[] toArray() {
        int[] all = new int[count];
        for (int i = 0; i < count; i++) {
            all[i] = ids[(head + i) % ids.length];
        }
        return all;
    }
}
