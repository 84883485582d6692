package dev.virtq.split;

/**
 * Chains that are used in the order in which they were taken, as VIRTIO_F_IN_ORDER asks for: to use
 * one is to use those before it, too (virtio 1.4, section 2.7.9).
 */
final class TakenInOrder implements TakenChains {

    /** For each head: the count at which it was taken last, from 1 on. */
    private final long[] counts;

    private long first = 1;
    private long next = 1;

    TakenInOrder(int size) {
        counts = new long[size];
    }

    @Override
    public boolean has(int head) {
        return counts[head] >= first;
    }

    @Override
    public void add(int head) {
        counts[head] = next;
        next++;
    }

    @Override
    public int remove(int head) {
        if (head < 0 || head >= counts.length || !has(head)) {
            throw TakenChains.missing(head);
        }
        long end = counts[head] + 1;
        int batch = (int) (end - first);
        first = end;
        return batch;
    }
}
