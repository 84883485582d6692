package dev.virtq.machine.sim.fuse;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Who has locked which bytes of which file. Locks of an owner never stand in each other's way: a
 * new one replaces what it covers. Locks of whole files ({@code flock}) are another matter than
 * those of bytes, and do not see them.
 */
final class LockTable {
    static final int READ = 0;
    static final int WRITE = 1;
    static final int UNLOCK = 2;

    /** A lock: from the first byte to the last, both included. */
    record Lock(long owner, boolean wholeFile, int type, long start, long end, int process) {
        private boolean sees(Lock other) {
            return wholeFile == other.wholeFile && start <= other.end && other.start <= end;
        }

        private boolean conflicts(Lock other) {
            return sees(other) && owner != other.owner && (type == WRITE || other.type == WRITE);
        }

        private Lock part(long from, long to) {
            return new Lock(owner, wholeFile, type, from, to, process);
        }
    }

    private final Map<Long, List<Lock>> locks = new HashMap<>();

    /** {@return a lock of somebody else's that stands in the way} */
    Optional<Lock> conflict(long node, Lock wanted) {
        return wanted.type == UNLOCK
                ? Optional.empty()
                : locks.getOrDefault(node, List.of()).stream()
                        .filter(wanted::conflicts)
                        .findFirst();
    }

    /** Sets a lock, or takes one away, where nothing stands in the way. */
    void set(long node, Lock wanted) {
        List<Lock> all = locks.computeIfAbsent(node, _ -> new ArrayList<>());
        List<Lock> rest = new ArrayList<>();
        for (Iterator<Lock> each = all.iterator(); each.hasNext(); ) {
            Lock held = each.next();
            if (held.owner == wanted.owner && held.sees(wanted)) {
                each.remove();
                if (held.start < wanted.start) {
                    rest.add(held.part(held.start, wanted.start - 1));
                }
                if (held.end > wanted.end) {
                    rest.add(held.part(wanted.end + 1, held.end));
                }
            }
        }
        all.addAll(rest);
        if (wanted.type != UNLOCK) {
            all.add(wanted);
        }
        if (all.isEmpty()) {
            locks.remove(node);
        }
    }

    /** Takes all locks of an owner away. */
    void release(long node, long owner, boolean wholeFile) {
        set(node, new Lock(owner, wholeFile, UNLOCK, 0, Long.MAX_VALUE, 0));
    }

    /** Nobody has the file open any more. */
    void drop(long node) {
        locks.remove(node);
    }

    void clear() {
        locks.clear();
    }

    int count() {
        return locks.values().stream().mapToInt(List::size).sum();
    }
}
