package dev.virtq.transport.vhostuser;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.Interrupt;
import dev.virtq.transport.vhostuser.posix.EventFd;
import dev.virtq.transport.vhostuser.posix.Poll;
import dev.virtq.transport.vhostuser.posix.PosixException;
import java.util.concurrent.TimeUnit;

/**
 * Notifications that come as an eventfd. Waiting sleeps in poll(2); when the back end goes, whoever
 * notices signals the eventfd, too.
 */
final class CallInterrupt implements Interrupt {
    /** How often a waiting thread looks whether it was interrupted. */
    private static final long SLICE_MILLIS = 50;

    private final EventFd call;
    private final Connection connection;

    CallInterrupt(EventFd call, Connection connection) {
        this.call = call;
        this.connection = connection;
    }

    @Override
    public boolean poll() {
        try {
            return call.take();
        } catch (PosixException e) {
            throw gone(e);
        }
    }

    @Override
    public boolean await(long nanos) throws InterruptedException {
        long start = System.nanoTime();
        long left = nanos;
        do {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            connection.checkUsable();
            if (isSignalled(left) && poll()) {
                connection.checkUsable();
                return true;
            }
            left = nanos - (System.nanoTime() - start);
        } while (left > 0);
        return false;
    }

    private boolean isSignalled(long nanos) {
        long millis = TimeUnit.NANOSECONDS.toMillis(Math.max(nanos, 0) + 999_999);
        try {
            return Poll.isReady(call, Poll.READABLE, (int) Math.min(millis, SLICE_MILLIS));
        } catch (PosixException e) {
            throw gone(e);
        }
    }

    private DeviceLostException gone(PosixException e) {
        connection.checkUsable();
        return new DeviceLostException("a notification of the back end cannot be read", e);
    }
}
