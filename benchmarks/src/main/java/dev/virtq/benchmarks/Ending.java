package dev.virtq.benchmarks;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * How a comparison ends: when it is told to end before its time, too, what it has started ends and
 * its files are deleted; and what is wrong is said in one line.
 */
public final class Ending {
    private static final int PATIENCE_SECONDS = 10;

    private static final int FAILED = 1;
    private static final int WRONG_ARGUMENTS = 2;

    private final Thread working = Thread.currentThread();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean told;

    private Ending() {}

    /** What is run. */
    @FunctionalInterface
    public interface Work {
        /**
         * Runs it, and cleans up when it is interrupted.
         *
         * @throws IOException when it cannot go on; the message says why
         * @throws InterruptedException when it was told to end
         */
        void run() throws IOException, InterruptedException;
    }

    /** Runs a comparison in the calling thread, which is interrupted when the JVM is to end. */
    public static void with(Work work) {
        Ending ending = new Ending();
        Runtime.getRuntime().addShutdownHook(new Thread(ending::tell, "ending"));
        boolean failed = ending.run(work);
        if (failed) {
            System.exit(FAILED);
        }
    }

    private boolean run(Work work) {
        try {
            work.run();
            return false;
        } catch (IOException e) {
            if (!told) { // else it is a consequence
                System.err.println(e.getMessage());
            }
            return true;
        } catch (InterruptedException e) {
            return true;
        } finally {
            ended.countDown();
        }
    }

    private void tell() {
        told = true;
        if (ended.getCount() > 0) {
            working.interrupt();
        }
        try {
            ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Says what is wrong with the arguments, and ends. */
    public static void forWrongArguments(String message) {
        System.err.println(message);
        System.exit(WRONG_ARGUMENTS);
    }
}
