package dev.virtq.drivers.fs.node;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which node a name stands for, for as long as the server says so, and for the names that were used
 * last.
 */
final class EntryCache {
    private final int capacity;
    private final Map<Key, Cached> entries = new LinkedHashMap<>(64, 0.75f, true);

    /** No answer to a question from before then is remembered, of {@link System#nanoTime}. */
    private long cleared = System.nanoTime();

    /**
     * Makes an empty one.
     *
     * @param capacity how many names it keeps; 0 for none
     */
    EntryCache(int capacity) {
        this.capacity = capacity;
    }

    private record Key(Node directory, String name) {}

    private record Cached(Node node, long since, long nanos) {
        boolean isValid() {
            return System.nanoTime() - since < nanos;
        }
    }

    /** {@return the node, held; null when it is not known} */
    synchronized @Nullable Node get(Node directory, String name) {
        Cached cached = entries.get(new Key(directory, name));
        return cached != null && cached.isValid() ? cached.node.hold() : null;
    }

    /** Remembers what a name stands for, unless it was asked before the directory changed. */
    void put(Node directory, String name, Node node, Duration valid, long asked) {
        if (capacity == 0 || valid.isZero()) {
            return;
        }
        List<Node> dropped = new ArrayList<>();
        synchronized (this) {
            if (!isHeldSince(directory, asked)) {
                return;
            }
            Cached cached = new Cached(node.hold(), asked, valid.toNanos());
            Cached before = entries.put(new Key(directory, name), cached);
            if (before == null) {
                directory.hold(); // its number must go on to mean this directory
            } else {
                dropped.add(before.node);
            }
            if (entries.size() > capacity) {
                Map.Entry<Key, Cached> eldest = entries.entrySet().iterator().next();
                entries.remove(eldest.getKey());
                dropped.add(eldest.getValue().node);
                dropped.add(eldest.getKey().directory);
            }
        }
        dropped.forEach(Node::close);
    }

    private synchronized boolean isHeldSince(Node directory, long asked) {
        return directory.namesHeldSince(asked) && asked - cleared > 0;
    }

    /** A name is new, by a change that went through here. */
    void made(Node directory, String name, Node node, Duration valid, long asked) {
        boolean alone = isHeldSince(directory, asked); // else it may be gone already
        long made = directory.namesChanged();
        drop(directory, name);
        if (alone) {
            put(directory, name, node, valid, made + 1);
        }
    }

    /** A name no longer stands for what it did, by a change that went through here. */
    void remove(Node directory, String name) {
        directory.namesChanged();
        drop(directory, name);
    }

    /** A name is not there any more, by the word of the server. */
    void drop(Node directory, String name) {
        Cached cached;
        synchronized (this) {
            cached = entries.remove(new Key(directory, name));
        }
        if (cached != null) {
            cached.node.changed(); // it has a name less, perhaps
            cached.node.close();
            directory.close();
        }
    }

    /** The names of some files are no longer worth remembering, by the word of the server. */
    void drop(Set<Long> nodes) {
        Map<Key, Cached> dropped = new HashMap<>();
        synchronized (this) {
            entries.forEach((key, cached) -> {
                if (nodes.contains(cached.node.id())) {
                    dropped.put(key, cached);
                }
            });
            dropped.keySet().forEach(entries::remove);
        }
        letGo(dropped);
    }

    /** No name stands for what it did. */
    void clear() {
        Map<Key, Cached> all;
        synchronized (this) {
            all = Map.copyOf(entries);
            entries.clear();
            cleared = System.nanoTime();
        }
        letGo(all);
    }

    private static void letGo(Map<Key, Cached> entries) {
        entries.forEach((key, cached) -> {
            cached.node.close();
            key.directory.close();
        });
    }
}
