package dev.virtq.drivers.fs.directory;

import dev.virtq.drivers.fs.directory.PollingWatchService.Listing;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A directory that is watched: what was in it last, and what was told of it. */
final class WatchedDirectory implements WatchKey {
    private static final int MOST_EVENTS = 512;

    private final Consumer<WatchKey> signal;
    private final Path directory;
    private final Listing listing;
    private Map<Path, Object> last;
    private Set<WatchEvent.Kind<?>> kinds;
    private List<WatchEvent<?>> events = new ArrayList<>();
    private boolean signalled;
    private boolean valid = true;

    WatchedDirectory(
            Consumer<WatchKey> signal,
            Path directory,
            Listing listing,
            Map<Path, Object> last,
            Set<WatchEvent.Kind<?>> kinds) {
        this.signal = signal;
        this.directory = directory;
        this.listing = listing;
        this.last = last;
        this.kinds = Set.copyOf(kinds);
    }

    synchronized void kinds(Set<WatchEvent.Kind<?>> others) {
        kinds = Set.copyOf(others);
    }

    /** Looks what is there, and tells what is different. */
    void look() {
        Map<Path, Object> now;
        try {
            now = listing.look();
        } catch (IOException | RuntimeException e) {
            gone();
            return;
        }
        compare(now);
    }

    /** Nothing can be said of it any more: whoever waits is told. */
    private synchronized void gone() {
        if (valid) {
            valid = false;
            signal();
        }
    }

    private synchronized void compare(Map<Path, Object> now) {
        if (!valid) {
            return;
        }
        last.forEach((name, state) -> {
            Object other = now.get(name);
            if (other == null) {
                tell(StandardWatchEventKinds.ENTRY_DELETE, name);
            } else if (!other.equals(state)) {
                tell(StandardWatchEventKinds.ENTRY_MODIFY, name);
            }
        });
        for (Path name : now.keySet()) {
            if (!last.containsKey(name)) {
                tell(StandardWatchEventKinds.ENTRY_CREATE, name);
            }
        }
        last = now;
    }

    private void tell(WatchEvent.Kind<Path> kind, Path name) {
        if (!kinds.contains(kind)) {
            return;
        }
        for (int i = 0; i < events.size(); i++) {
            WatchEvent<?> event = events.get(i);
            if (event.kind() == kind && name.equals(event.context())) {
                events.set(i, new Event<>(kind, event.count() + 1, name));
                return;
            }
        }
        if (events.size() >= MOST_EVENTS) {
            events.clear();
            events.add(new Event<>(StandardWatchEventKinds.OVERFLOW, 1, null));
        } else {
            events.add(new Event<>(kind, 1, name));
        }
        signal();
    }

    private void signal() {
        if (!signalled) {
            signalled = true;
            signal.accept(this);
        }
    }

    private record Event<T>(WatchEvent.Kind<T> kind, int count, @Nullable T context)
            implements WatchEvent<T> {}

    @Override
    public synchronized boolean isValid() {
        return valid;
    }

    @Override
    public synchronized List<WatchEvent<?>> pollEvents() {
        List<WatchEvent<?>> all = events;
        events = new ArrayList<>();
        return all;
    }

    @Override
    public synchronized boolean reset() {
        if (signalled && valid) {
            signalled = false;
            if (!events.isEmpty()) {
                signal();
            }
        }
        return valid;
    }

    @Override
    public synchronized void cancel() {
        valid = false;
    }

    @Override
    public Path watchable() {
        return directory;
    }
}
