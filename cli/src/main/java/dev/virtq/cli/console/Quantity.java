package dev.virtq.cli.console;

import java.util.Locale;

/** Sizes and times, with a unit that keeps them short. */
public final class Quantity {
    private Quantity() {}

    /**
     * {@return a size, as in {@code 64 MiB} or {@code 1514 B}}
     *
     * @param bytes how many; only whole multiples get a larger unit
     */
    public static String bytes(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB"};
        int unit = 0;
        long value = bytes;
        while (unit < units.length - 1 && value != 0 && value % 1024 == 0) {
            value /= 1024;
            unit++;
        }
        return value + " " + units[unit];
    }

    /**
     * {@return a time, as in {@code 83.1 us} or {@code 1.204 ms}}
     *
     * @param nanos in nanoseconds
     */
    public static String time(long nanos) {
        if (nanos < 1_000_000) {
            return String.format(Locale.ROOT, "%.1f us", nanos / 1e3);
        }
        if (nanos < 1_000_000_000) {
            return String.format(Locale.ROOT, "%.3f ms", nanos / 1e6);
        }
        return String.format(Locale.ROOT, "%.3f s", nanos / 1e9);
    }

    /**
     * {@return the number with its noun, as in {@code 1 chain} or {@code 3 chains}}
     *
     * @param count how many
     * @param noun what they are, in the singular
     */
    public static String count(long count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }
}
