package dev.virtq.queue;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.VirtioException;
import dev.virtq.queue.Booking.Phase;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** How what the device is done with gets from the ring to its owners. Not thread safe. */
final class Reaper {
    private final QueueOwner owner;
    private final Books books;
    private final QueueWait wait;
    private final DeviceHealth health;

    Reaper(QueueOwner owner, Books books, QueueWait wait, DeviceHealth health) {
        this.owner = owner;
        this.books = books;
        this.wait = wait;
        this.health = health;
    }

    /** Takes the next submitted booking that the device is done with, and notices what failed. */
    @Nullable Booking poll() {
        owner.check();
        Booking booking = books.takeKept();
        if (booking == null) {
            if (books.isClosed()) {
                throwIfFailed(); // who closed it says why
            }
            booking = books.takeUsed();
        }
        if (booking == null) {
            lookAround();
            return null;
        }
        booking.phase(Phase.COMPLETED);
        return booking;
    }

    /** Takes several as {@link #poll} does. {@return how many} */
    int poll(@Nullable TransferToken[] into, int from, int wanted) {
        owner.check();
        if (books.hasKept()) {
            return pollKept(into, from, wanted);
        }
        if (books.isClosed()) {
            throwIfFailed(); // who closed it says why
        }
        int taken = books.takeUsed(into, from, wanted);
        if (taken == 0 && wanted > 0) {
            lookAround();
        }
        return taken;
    }

    /** While there is nothing to take. */
    private void lookAround() {
        books.sweepLost();
        wait.examineNowAndThen();
        throwIfFailed();
    }

    private int pollKept(@Nullable TransferToken[] into, int from, int wanted) {
        int taken = 0;
        while (taken < wanted && (taken == 0 || books.hasKept())) {
            Booking booking = poll();
            if (booking == null) {
                break;
            }
            into[from + taken] = booking.takeSubmitted();
            taken++;
        }
        return taken;
    }

    /** Takes what the device is done with; submitted transfers wait for {@code poll}. */
    void reap() {
        Booking done;
        while ((done = books.takeUsed()) != null) {
            books.keepForPoll(done);
        }
    }

    /**
     * Takes what the device is done with, and looks whether the condition holds. One that holds
     * counts more than a fault that was found behind it.
     */
    boolean reapFor(BooleanSupplier condition) {
        try {
            reap();
        } catch (DeviceFaultException e) {
            if (condition.getAsBoolean()) {
                return true;
            }
            throw e;
        }
        return condition.getAsBoolean();
    }

    /**
     * After a reset: takes what the device had used before it, as far as that can be made sense of.
     */
    void takeWhatWasUsed() {
        if (health.failure() instanceof DeviceFaultException) {
            return; // what it wrote last may be anything
        }
        try {
            reap();
        } catch (DeviceFaultException e) {
            // The reset has ended that, too: what is not known to be used is returned.
        }
    }

    void throwIfFailed() {
        VirtioException failure = health.failure();
        if (failure != null) {
            throw failure.again();
        }
    }
}
