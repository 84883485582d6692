package dev.virtq.benchmarks.net;

import java.io.PrintStream;
import java.util.List;

/**
 * How often something took how long, in buckets that are at most a 128th of their time wide. The
 * program in C has the same buckets, and both print them alike.
 */
final class Histogram {
    private static final int LINEAR_BITS = 7;

    /** One for each nanosecond, and then for each power of two. */
    private static final int LINEAR = 1 << LINEAR_BITS;

    private static final int LARGEST_EXPONENT = 40; // 18 minutes
    private static final int BUCKETS = (LARGEST_EXPONENT - LINEAR_BITS + 2) * LINEAR;

    private final long[] counts = new long[BUCKETS];
    private long total;

    /** Counts one. Allocates nothing. */
    void add(long nanos) {
        counts[bucketOf(nanos)]++;
        total++;
    }

    long total() {
        return total;
    }

    void clear() {
        java.util.Arrays.fill(counts, 0);
        total = 0;
    }

    private static int bucketOf(long nanos) {
        if (nanos < LINEAR) {
            return (int) nanos;
        }
        int exponent = Math.min(Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos), LARGEST_EXPONENT);
        int step = (int) (nanos >>> (exponent - LINEAR_BITS)) & (LINEAR - 1);
        return (exponent - LINEAR_BITS + 1) * LINEAR + step;
    }

    /** The middle of what falls into a bucket. */
    private static double nanosOf(int bucket) {
        if (bucket < LINEAR) {
            return bucket;
        }
        int shift = bucket / LINEAR - 1;
        long least = (long) (LINEAR + bucket % LINEAR) << shift;
        return least + ((1L << shift) - 1) / 2.0;
    }

    /**
     * {@return how many nanoseconds a part of them took at most}
     *
     * @param part as in 0.99
     */
    double percentile(double part) {
        long rank = Math.max(1, (long) Math.ceil(part * total));
        long before = 0;
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            before += counts[bucket];
            if (before >= rank) {
                return nanosOf(bucket);
            }
        }
        throw new IllegalStateException("nothing was counted");
    }

    /** Prints a line {@code bucket NUMBER COUNT} for each that has something in it. */
    void print(PrintStream out) {
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            if (counts[bucket] != 0) {
                out.printf("bucket %d %d%n", bucket, counts[bucket]);
            }
        }
    }

    /** {@return what was printed; other lines are passed over} */
    static Histogram parse(List<String> lines) {
        Histogram histogram = new Histogram();
        for (String line : lines) {
            if (line.startsWith("bucket ")) {
                String[] words = line.split(" ");
                long count = Long.parseLong(words[2]);
                histogram.counts[Integer.parseInt(words[1])] += count;
                histogram.total += count;
            }
        }
        return histogram;
    }
}
