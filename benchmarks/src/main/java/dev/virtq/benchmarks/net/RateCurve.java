package dev.virtq.benchmarks.net;

import java.util.ArrayList;
import java.util.List;

/** How a rate grew, from counts that were read now and then. */
final class RateCurve {
    /** Nine tenths. */
    static final double MOST_OF_IT = 0.9;

    /**
     * One interval may be short of counts for reasons of its own: more than half of these say so.
     */
    private static final int INTERVALS = 9;

    private record Point(long nanos, double rate) {}

    private final long start;
    private final List<Point> points = new ArrayList<>();
    private long lastNanos;
    private long lastCount;

    /**
     * An empty one.
     *
     * @param start when the time began, in nanoseconds, with nothing counted
     */
    RateCurve(long start) {
        this.start = start;
        lastNanos = start;
    }

    /**
     * Adds a reading.
     *
     * @param nanos when it was made
     * @param count all that was counted until then
     */
    void add(long nanos, long count) {
        if (nanos > lastNanos) {
            points.add(new Point(nanos, (double) (count - lastCount) / (nanos - lastNanos)));
            lastNanos = nanos;
            lastCount = count;
        }
    }

    /** {@return the median of the last quarter of the readings, in counts a nanosecond} */
    double steadyRate() {
        return median(points.subList(points.size() * 3 / 4, points.size()));
    }

    /**
     * {@return after how many seconds the rate was a part of the steady one, and stayed so for a
     * while}
     *
     * @param part as in 0.9
     * @throws IllegalStateException when it never did
     */
    double secondsTo(double part) {
        double wanted = part * steadyRate();
        for (int i = 0; i + INTERVALS <= points.size(); i++) {
            if (points.get(i).rate >= wanted
                    && median(points.subList(i, i + INTERVALS)) >= wanted) {
                return (points.get(i).nanos - start) / 1e9;
            }
        }
        throw new IllegalStateException(
                "the rate never stayed at %.0f %% of what it is in the end".formatted(part * 100));
    }

    private static double median(List<Point> some) {
        List<Double> sorted = some.stream().map(Point::rate).sorted().toList();
        if (sorted.isEmpty()) {
            throw new IllegalStateException("too few readings");
        }
        return sorted.get(sorted.size() / 2);
    }
}
