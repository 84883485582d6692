package dev.virtq.benchmarks;

import java.util.concurrent.TimeUnit;

/** How a program ends that was told to: with what it has started ended, and its files deleted. */
public final class Ending {
    private static final long PATIENCE_MILLIS = TimeUnit.SECONDS.toMillis(10);

    private Ending() {}

    /**
     * Has the calling thread interrupted when the JVM is to end before it, and lets it come to its
     * end.
     */
    public static void ofThisThread() {
        Thread main = Thread.currentThread();
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(
                                () -> {
                                    main.interrupt();
                                    try {
                                        main.join(PATIENCE_MILLIS);
                                    } catch (InterruptedException e) {
                                        Thread.currentThread().interrupt();
                                    }
                                },
                                "ending"));
    }

    /** Says in one line what was wrong with the arguments, and ends. */
    public static void forWrongArguments(String message) {
        System.err.println(message);
        System.exit(2);
    }
}
