package dev.virtq.split;

/** Chains that may be used in any order: each one for itself. */
final class TakenInAnyOrder extends TakenChains {
    private final boolean[] taken;

    TakenInAnyOrder(int size) {
        taken = new boolean[size];
    }

    @Override
    boolean add(int head) {
        boolean isNew = !taken[head];
        taken[head] = true;
        return isNew;
    }

    @Override
    int remove(int head) {
        if (head < 0 || head >= taken.length || !taken[head]) {
            throw TakenChains.missing(head);
        }
        taken[head] = false;
        return 1;
    }
}
