package dev.virtq.split;

/** Chains that may be used in any order: each one for itself. */
final class TakenInAnyOrder implements TakenChains {
    private final boolean[] taken;

    TakenInAnyOrder(int size) {
        taken = new boolean[size];
    }

    @Override
    public boolean has(int head) {
        return taken[head];
    }

    @Override
    public void add(int head) {
        taken[head] = true;
    }

    @Override
    public int remove(int head) {
        if (head < 0 || head >= taken.length || !taken[head]) {
            throw TakenChains.missing(head);
        }
        taken[head] = false;
        return 1;
    }
}
