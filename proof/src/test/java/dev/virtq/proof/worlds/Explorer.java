package dev.virtq.proof.worlds;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Visits every state of a world, breadth first, so that the way to a fault is the shortest. When
 * there is none, it also sees to it that from every state everything can still come home.
 */
final class Explorer {
    private static final int MAX_STATES = 40_000_000;

    private final WorldSpec spec;
    private final World world;
    private final StateSet states = new StateSet();

    /** Of a world that is explored without the reduction: its states, reduced. */
    private final StateSet reduced = new StateSet();

    private final ArrayDeque<byte[]> frontier = new ArrayDeque<>();

    /** For each state: the one that it was first reached from, and by which step. */
    private final IntList parent = new IntList();

    private final IntList parentStep = new IntList();

    // All steps between different states, to walk them backwards.
    private final IntList from = new IntList();
    private final IntList to = new IntList();
    private final IntList atRest = new IntList();
    private long transitions;
    private long betweenOperations;

    private Explorer(WorldSpec spec, World world) {
        this.spec = spec;
        this.world = world;
    }

    /** Explores a world to its end, or to its first fault. */
    static Result explore(WorldSpec spec) {
        MemorySegment bytes = Arena.ofAuto().allocate(Places.MEMORY_BYTES, 4096);
        Places places = new Places(bytes.address());
        try {
            while (true) {
                try {
                    return new Explorer(spec, new World(spec, bytes, places)).run();
                } catch (Restart restart) {
                    // It knows more of its places now; each place can do this once.
                }
            }
        } finally {
            Stepper.uninstall();
        }
    }

    private Result run() {
        long begin = System.nanoTime();
        world.read(world.write()); // so that it begins in a canonical state, too
        byte[] first = world.write();
        visit(first, 0, 0);
        int current = 0;
        while (!frontier.isEmpty()) {
            byte[] state = frontier.remove();
            for (int side = 0; side < 2; side++) {
                world.read(state);
                for (int operation : world.operations(side)) {
                    int choices = 1;
                    for (int choice = 0; choice < choices; choice++) {
                        world.read(state);
                        int step = operation << 8 | choice << 1 | side;
                        try {
                            choices = world.step(side, operation, choice, null);
                        } catch (Fault fault) {
                            return result(begin, fault.getMessage(), trace(first, current, step));
                        }
                        transitions++;
                        visit(world.write(), current, step);
                    }
                }
            }
            current++;
        }
        int stuck = firstThatIsStuck();
        if (stuck >= 0) {
            return result(
                    begin,
                    "from here on the chains can never all come home",
                    trace(first, stuck, -1));
        }
        return result(begin, null, List.of());
    }

    private void visit(byte[] state, int origin, int step) {
        int known = states.size();
        int number = states.add(state);
        if (number == known) {
            if (number == MAX_STATES) {
                throw new IllegalStateException(spec + " has too many states");
            }
            parent.add(origin);
            parentStep.add(step);
            frontier.add(state);
            if (world.isAtRest()) {
                atRest.add(number);
            }
            if (world.isBetweenOperations()) {
                betweenOperations += Arrays.hashCode(state) * 0x9e3779b97f4a7c15L;
            }
            if (!spec.isReduced()) {
                world.read(state);
                reduced.add(world.writeReduced());
            }
        }
        if (number != origin) {
            from.add(origin);
            to.add(number);
        }
    }

    /** Walks backwards from where all is home. {@return a state that no way leads there from} */
    private int firstThatIsStuck() {
        int count = states.size();
        int[] offset = new int[count + 1];
        for (int i = 0; i < to.size(); i++) {
            offset[to.at(i) + 1]++;
        }
        for (int i = 0; i < count; i++) {
            offset[i + 1] += offset[i];
        }
        int[] sources = new int[to.size()];
        int[] filled = Arrays.copyOf(offset, count);
        for (int i = 0; i < to.size(); i++) {
            sources[filled[to.at(i)]++] = from.at(i);
        }
        boolean[] reaches = new boolean[count];
        IntList queue = new IntList();
        for (int i = 0; i < atRest.size(); i++) {
            reaches[atRest.at(i)] = true;
            queue.add(atRest.at(i));
        }
        for (int i = 0; i < queue.size(); i++) {
            int state = queue.at(i);
            for (int edge = offset[state]; edge < offset[state + 1]; edge++) {
                int source = sources[edge];
                if (!reaches[source]) {
                    reaches[source] = true;
                    queue.add(source);
                }
            }
        }
        for (int state = 0; state < count; state++) {
            if (!reaches[state]) {
                return state;
            }
        }
        return -1;
    }

    /** Goes the way to a state again, and tells it. */
    private List<String> trace(byte[] first, int state, int lastStep) {
        List<Integer> steps = new ArrayList<>();
        for (int at = state; at != 0; at = parent.at(at)) {
            steps.add(parentStep.at(at));
        }
        List<Integer> way = new ArrayList<>(steps.reversed());
        if (lastStep >= 0) {
            way.add(lastStep);
        }
        List<String> lines = new ArrayList<>();
        byte[] now = first;
        int number = 0;
        for (int step : way) {
            int side = step & 1;
            String prefix = "%4d  %s ".formatted(++number, SharedMemory.name(side));
            world.read(now);
            try {
                world.step(side, step >>> 8, step >>> 1 & 0x7f, line -> lines.add(prefix + line));
            } catch (Fault fault) {
                break;
            }
            now = world.write();
        }
        return lines;
    }

    private Result result(long begin, @Nullable String fault, List<String> trace) {
        return new Result(
                spec,
                states.size(),
                spec.isReduced() ? states.size() : reduced.size(),
                transitions,
                betweenOperations,
                world.loader().weakened(),
                world.isBoundReached(),
                (System.nanoTime() - begin) / 1_000_000,
                fault,
                trace);
    }
}
