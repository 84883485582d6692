package dev.virtq.memory;

import org.jspecify.annotations.Nullable;

/**
 * Which thread has views of a buffer open, and how they end. One thread at a time has them, since
 * only the maker of a view can end it.
 *
 * <p>Used under the buffer's lock, but for {@link #endOwn} and the questions.
 */
final class BufferViews {
    private final DmaBuffer buffer;
    private @Nullable ViewScope open;

    BufferViews(DmaBuffer buffer) {
        this.buffer = buffer;
    }

    /**
     * {@return what this thread's views are opened in}
     *
     * @throws IllegalStateException when another thread has a view open
     */
    ViewScope ofThisThread() {
        checkRevocable();
        ViewScope scope = open;
        if (scope == null || !scope.isOwnedByCurrentThread()) {
            scope = new ViewScope();
            open = scope;
        }
        return scope;
    }

    /** {@return whether this thread can end the views that there are} */
    boolean areRevocable() {
        ViewScope scope = open;
        return scope == null || scope.canEndHere();
    }

    void checkRevocable() {
        ViewScope scope = open;
        if (scope != null && !scope.canEndHere()) {
            throw new IllegalStateException(
                    "thread \"%s\" has a view of %s open; it has to call closeViews() first"
                            .formatted(scope.owner().getName(), buffer));
        }
    }

    /** Ends the views of this thread. {@return whether there are no others} */
    boolean endOwn() {
        ViewScope scope = open;
        if (scope == null) {
            return true;
        }
        if (!scope.isOwnedByCurrentThread()) {
            return false;
        }
        open = null; // without the lock: nobody else replaces what a living thread has open
        scope.close();
        return true;
    }

    /**
     * Ends all views.
     *
     * @throws IllegalStateException when another thread has a view open
     */
    void end() {
        checkRevocable();
        ViewScope scope = open;
        if (scope != null) {
            open = null;
            scope.close();
        }
    }
}
