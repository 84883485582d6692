package dev.virtq.benchmarks.net;

import dev.virtq.benchmarks.ringtest.Cores;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How far core 0 and core 1 are from each other: how long a number takes to the other one and back.
 *
 * <p>Driver and device meet in cache lines that travel between their cores, and on a virtual
 * machine the cores are not always the same: its host moves them about, and from one second to the
 * next a line takes three times as long. What was measured at one distance says nothing about what
 * was measured at another, so figures are compared only with those of the same {@linkplain #classOf
 * class}.
 */
final class CoreDistance {
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

    /** In the middle of lines of its own. */
    private static final int AT = 32;

    private static final int TRIPS = 4000;
    private static final int TRIES = 6;
    private static final long END = Long.MAX_VALUE;
    private static final long SHORTEST_CLASS = 50;

    private final long[] words = new long[2 * AT];

    /** Measures a few times, so that the compiler has been here. */
    CoreDistance() throws InterruptedException {
        for (int i = 0; i < 10; i++) {
            nanos();
        }
    }

    /**
     * {@return the least distance of those that are told apart from others, as in 100, 200, 400}
     */
    static long classOf(long nanos) {
        long least = SHORTEST_CLASS;
        while (nanos >= 2 * least) {
            least *= 2;
        }
        return least;
    }

    /**
     * {@return nanoseconds there and back, the least of a few tries; nothing else may be on the
     * cores}
     */
    long nanos() throws InterruptedException {
        WORD.setVolatile(words, AT, 0L);
        Thread far = Thread.ofPlatform().daemon().start(this::answer);
        long[] least = {Long.MAX_VALUE};
        Thread near = Thread.ofPlatform().daemon().start(() -> least[0] = ask());
        near.join();
        far.join();
        return least[0];
    }

    /** Odd numbers are questions. */
    private long ask() {
        Cores.tieTo(0);
        long least = Long.MAX_VALUE;
        long word = 0;
        for (int i = 0; i < TRIES; i++) {
            long start = System.nanoTime();
            for (int trip = 0; trip < TRIPS; trip++) {
                WORD.setRelease(words, AT, word + 1);
                while ((long) WORD.getAcquire(words, AT) != word + 2) {
                    // No pause: that would take as long as the way.
                }
                word += 2;
            }
            least = Math.min(least, (System.nanoTime() - start) / TRIPS);
        }
        WORD.setRelease(words, AT, END);
        return least;
    }

    private void answer() {
        Cores.tieTo(1);
        long word;
        while ((word = (long) WORD.getAcquire(words, AT)) != END) {
            if ((word & 1) != 0) {
                WORD.setRelease(words, AT, word + 1);
            }
        }
    }
}
