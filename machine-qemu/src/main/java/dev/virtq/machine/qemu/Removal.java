package dev.virtq.machine.qemu;

import dev.virtq.device.DeviceLostException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * Whether a device was taken out of the machine, which whoever uses it finds out here.
 *
 * <p>Its addresses may be another device's afterwards. So once it is {@link #gone}, no access of
 * its old user is on its way any more, and none will be let through.
 */
final class Removal {
    private final String place;
    private final boolean worksInQemu;
    private final ReadWriteLock accesses = new ReentrantReadWriteLock();
    private final CountDownLatch deleted = new CountDownLatch(1);
    private volatile @Nullable DeviceLostException lost;

    /**
     * Starts with a device that is there.
     *
     * @param place where it is
     * @param worksInQemu whether it is known that QEMU's main loop alone works on its queues
     */
    Removal(String place, boolean worksInQemu) {
        this.place = place;
        this.worksInQemu = worksInQemu;
    }

    /** {@return why the device is gone; empty while it is there} */
    Optional<DeviceLostException> lost() {
        return Optional.ofNullable(lost);
    }

    /** The device is gone: whoever waits for it hears of it, and registers read all ones. */
    void gone() {
        Lock exclusive = accesses.writeLock();
        exclusive.lock(); // accesses that began before are over
        try {
            if (lost == null) {
                lost = new DeviceLostException(place + " is gone: it was unplugged");
            }
        } finally {
            exclusive.unlock();
        }
    }

    /** QEMU has told that nothing is left of the device, whoever had it taken out. */
    void deleted() {
        gone();
        deleted.countDown();
    }

    boolean awaitDeleted(long nanos) throws InterruptedException {
        return deleted.await(nanos, TimeUnit.NANOSECONDS);
    }

    /**
     * Whether the device certainly writes to memory no more.
     *
     * <p>QEMU sends DEVICE_DELETED when it frees the device. It has unrealized it before: that
     * stops the queues and takes back what was on its way, under the lock under which the main loop
     * works on queues. Whoever still had a use for the device would have kept it from being freed.
     * Another process that works on its queues, such as a vhost-user back end, or another thread,
     * is no more than told to stop; of that nothing is concluded.
     *
     * @return {@code true} only when that is certain
     */
    boolean provenDead() {
        return worksInQemu && deleted.getCount() == 0;
    }

    /** What an access to the device has to hold while it goes on. */
    Lock access() {
        return accesses.readLock();
    }

    boolean isGone() {
        return lost != null;
    }
}
