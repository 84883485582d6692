package dev.virtq.queue;

import dev.virtq.device.VirtioException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The health of a device that a test decides. */
final class FakeHealth implements DeviceHealth {
    private final AtomicReference<@Nullable VirtioException> failure = new AtomicReference<>();
    final AtomicInteger examined = new AtomicInteger();

    /** What an examination would find. */
    volatile @Nullable VirtioException hidden;

    @Override
    public @Nullable VirtioException failure() {
        return failure.get();
    }

    @Override
    public void report(VirtioException found) {
        failure.compareAndSet(null, found);
    }

    @Override
    public void examine() {
        examined.incrementAndGet();
        VirtioException found = hidden;
        if (found != null) {
            report(found);
        }
    }

    void recover() {
        failure.set(null);
    }
}
