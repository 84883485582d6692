package dev.virtq.proof.worlds;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Worlds that are explored two at a time: they have nothing to do with each other. */
final class Explorations implements AutoCloseable {
    private final ExecutorService threads =
            Executors.newFixedThreadPool(
                    2, Thread.ofPlatform().daemon().name("explorer-", 0).factory());
    private final Map<WorldSpec, Future<Result>> started = new LinkedHashMap<>();

    /** Begins, when a thread is free. */
    @SuppressWarnings("FutureReturnValueIgnored") // of() waits for it, and gets what it throws
    WorldSpec start(WorldSpec spec) {
        started(spec);
        return spec;
    }

    /** {@return what was found, once that is known} */
    Result of(WorldSpec spec) throws InterruptedException, ExecutionException {
        return started(spec).get();
    }

    private synchronized Future<Result> started(WorldSpec spec) {
        return started.computeIfAbsent(spec, it -> threads.submit(() -> Explorer.explore(it)));
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
