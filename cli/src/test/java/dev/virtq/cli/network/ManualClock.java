package dev.virtq.cli.network;

import java.time.Duration;

/** A clock that stands still until somebody moves it. */
final class ManualClock implements NanoClock {
    private long now = 1_000_000_000;

    void advance(Duration time) {
        now += time.toNanos();
    }

    @Override
    public long nanoTime() {
        return now;
    }
}
