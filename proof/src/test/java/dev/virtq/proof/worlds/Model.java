package dev.virtq.proof.worlds;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A queue as anybody would describe it: where each chain is, and in which order the chains went
 * there. It knows nothing of rings. Both ends are held to it.
 */
final class Model {
    static final int NO_CHAIN = -1;

    private final WorldSpec spec;

    /** How many entries of a ring are counted apart: none where nothing depends on that. */
    private final int positions;

    /** With the driver: staged. */
    final List<Integer> staged = new ArrayList<>();

    /** Published by the driver, and not taken by the device. */
    final List<Integer> available = new ArrayList<>();

    /** With the device, in the order in which it took them. */
    final List<Integer> taken = new ArrayList<>();

    /** Used by the device, and not published. */
    final List<Integer> used = new ArrayList<>();

    /** Published by the device, and not polled by the driver. */
    final List<Integer> returned = new ArrayList<>();

    private final List<List<Integer>> lists = List.of(staged, available, taken, used, returned);

    /** Under IN_ORDER: used as part of a batch, so that its used length is not told. */
    final boolean[] untold;

    /** What the device calls each chain that it has. */
    final int[] head;

    boolean driverSleeps;
    boolean deviceSleeps;
    boolean kick;
    boolean interrupt;

    /** The chain that the device lied about; or {@link #NO_CHAIN}. */
    int lie = NO_CHAIN;

    /** The driver's end has refused the lie. The queue is not used any more. */
    boolean isRefused;

    int takes;
    int polls;

    Model(WorldSpec spec) {
        this.spec = spec;
        positions = spec.kind().hasEntries() ? spec.size() : 1;
        untold = new boolean[spec.chainCount()];
        head = new int[spec.chainCount()];
    }

    boolean isHome(int chain) {
        return !staged.contains(chain)
                && !available.contains(chain)
                && !taken.contains(chain)
                && !used.contains(chain)
                && !returned.contains(chain);
    }

    boolean isAllHome() {
        return isRefused || lists.stream().allMatch(List::isEmpty);
    }

    int inFlight() {
        return available.size() + taken.size() + used.size() + returned.size();
    }

    void published(int count) {
        if (count != staged.size()) {
            throw new Fault(
                    "publish() made %d chains visible, %d were staged"
                            .formatted(count, staged.size()));
        }
        available.addAll(staged);
        staged.clear();
    }

    void take(int chain, int itsHead) {
        if (available.isEmpty() || available.getFirst() != chain) {
            throw new Fault(
                    "the device took chain %d; available, in order, are %s"
                            .formatted(chain, available));
        }
        taken.add(available.removeFirst());
        head[chain] = itsHead;
        takes = (takes + 1) % positions;
    }

    /** {@return the chains that are used together with this one, it being the last} */
    List<Integer> batch(int chain) {
        return spec.isInOrder()
                ? List.copyOf(taken.subList(0, taken.indexOf(chain) + 1))
                : List.of(chain);
    }

    void use(List<Integer> batch) {
        taken.removeAll(batch);
        used.addAll(batch);
        for (int chain : batch) {
            untold[chain] = chain != batch.getLast();
            head[chain] = 0;
        }
    }

    void publishUsed() {
        returned.addAll(used);
        used.clear();
    }

    /** Only what was told wrongly may be refused, when it is next. */
    boolean isLieNext() {
        return lie != NO_CHAIN && !returned.isEmpty() && isLieIn(returned.getFirst());
    }

    /** A batch is read when its first chain is, and the lie is told of its last. */
    private boolean isLieIn(int first) {
        int last = returned.indexOf(first);
        while (untold[returned.get(last)] && last + 1 < returned.size()) {
            last++;
        }
        return returned.get(last) == lie;
    }

    void poll(int chain, long usedLength, boolean assumed) {
        if (isLieNext()) {
            throw new Fault(
                    "the driver takes what the device tells of chain %d, which is wrong"
                            .formatted(lie));
        }
        if (returned.isEmpty() || returned.getFirst() != chain) {
            throw new Fault(
                    "the driver got chain %d back; returned, in order, are %s"
                            .formatted(chain, returned));
        }
        returned.removeFirst();
        long expected = untold[chain] ? writableBytes(chain) : usedLength(chain);
        if (usedLength != expected || assumed != untold[chain]) {
            throw new Fault(
                    "chain %d came back with %s length %d (expected: %s%d)"
                            .formatted(
                                    chain,
                                    assumed ? "the assumed" : "the",
                                    usedLength,
                                    untold[chain] ? "assumed, " : "",
                                    expected));
        }
        untold[chain] = false;
        polls = (polls + 1) % positions;
    }

    long writableBytes(int chain) {
        return 8L * (spec.buffers(chain) - spec.readable(chain));
    }

    /** {@return what the device says that it wrote: something else for each chain} */
    long usedLength(int chain) {
        return Math.max(0, writableBytes(chain) - 1 - chain);
    }

    /** Nobody sleeps while work waits. Asked when neither side is inside an operation. */
    void checkSleepers() {
        if (isRefused) {
            return;
        }
        if (deviceSleeps && !kick && !available.isEmpty()) {
            throw new Fault(
                    "the device sleeps, no kick is on its way, and chains %s are available"
                            .formatted(available));
        }
        if (driverSleeps && !interrupt && !returned.isEmpty()) {
            throw new Fault(
                    "the driver sleeps, no interrupt is on its way, and chains %s are used"
                            .formatted(returned));
        }
    }

    void write(StateWriter out) {
        for (List<Integer> list : lists) {
            long packed = 0;
            for (int chain : list) {
                packed = packed * (spec.chainCount() + 1) + chain + 1;
            }
            out.put(packed);
        }
        long flags =
                (driverSleeps ? 1 : 0)
                        | (deviceSleeps ? 2 : 0)
                        | (kick ? 4 : 0)
                        | (interrupt ? 8 : 0);
        for (int chain = 0; chain < untold.length; chain++) {
            flags |= untold[chain] ? 16L << chain : 0;
        }
        out.put(flags);
        out.put(isRefused ? -2 : lie);
        for (int each : head) {
            out.put(each);
        }
        out.put((long) takes * positions + polls);
    }

    void read(StateReader in) {
        for (List<Integer> list : lists) {
            list.clear();
            for (long packed = in.next(); packed != 0; packed /= spec.chainCount() + 1) {
                list.add((int) (packed % (spec.chainCount() + 1)) - 1);
            }
            Collections.reverse(list);
        }
        long flags = in.next();
        driverSleeps = (flags & 1) != 0;
        deviceSleeps = (flags & 2) != 0;
        kick = (flags & 4) != 0;
        interrupt = (flags & 8) != 0;
        for (int chain = 0; chain < untold.length; chain++) {
            untold[chain] = (flags & 16L << chain) != 0;
        }
        int told = in.nextInt();
        isRefused = told == -2;
        lie = isRefused ? NO_CHAIN : told;
        for (int chain = 0; chain < head.length; chain++) {
            head[chain] = in.nextInt();
        }
        int counts = in.nextInt();
        takes = counts / positions;
        polls = counts % positions;
    }
}
