package dev.virtq.machine.qemu;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What QEMU reported about the interrupt lines that it intercepts: the level of each, and how often
 * it rose. Reports come in whenever somebody uses the {@link QtestClient}, and at least every 20
 * ms.
 */
public final class QtestInterrupts {
    /** More lines than any interrupt controller of a machine that QEMU has with one device. */
    public static final int LINES = 1024;

    private static final System.Logger LOG = System.getLogger(QtestInterrupts.class.getName());
    private static final Pattern REPORT = Pattern.compile("IRQ (raise|lower) ([0-9]{1,4})");

    private final AtomicIntegerArray level = new AtomicIntegerArray(LINES);
    private final AtomicIntegerArray rises = new AtomicIntegerArray(LINES);
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();

    QtestInterrupts() {}

    /** Hears of each change of a line, under the client's lock: it must be quick. */
    @FunctionalInterface
    public interface Listener {
        /**
         * A line changed.
         *
         * @param line the number of the line, from 0
         * @param raised whether it went up
         */
        void changed(int line, boolean raised);
    }

    /**
     * Tells whether a line is up.
     *
     * @param line the number of the line, from 0
     * @return whether the last report about it said so
     */
    public boolean isRaised(int line) {
        return level.get(line) != 0;
    }

    /**
     * Counts the rises of a line.
     *
     * @param line the number of the line, from 0
     * @return how often it was reported to go up; wraps around at 2<sup>32</sup>
     */
    public int rises(int line) {
        return rises.get(line);
    }

    /**
     * Calls a listener for each change from now on. It may not use the client that reports to it.
     *
     * @param listener what to call
     * @return what ends the listening when it is closed
     */
    public Registration onChange(Listener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    void accept(String report) throws IOException {
        Matcher matcher = REPORT.matcher(report);
        int line = matcher.matches() ? Integer.parseInt(matcher.group(2)) : LINES;
        if (line >= LINES) {
            throw new IOException(
                    "expected 'IRQ raise|lower 0..%d' from QEMU, got '%s'"
                            .formatted(LINES - 1, report));
        }
        boolean raised = matcher.group(1).equals("raise");
        level.set(line, raised ? 1 : 0);
        if (raised) {
            rises.incrementAndGet(line);
        }
        for (Listener listener : listeners) {
            try {
                listener.changed(line, raised);
            } catch (RuntimeException failure) {
                // Whoever happens to take the report is not to blame for it.
                LOG.log(System.Logger.Level.WARNING, "a listener failed on " + report, failure);
            }
        }
    }
}
