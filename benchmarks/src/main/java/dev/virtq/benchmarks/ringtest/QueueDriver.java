package dev.virtq.benchmarks.ringtest;

import dev.virtq.device.Interrupt;
import dev.virtq.device.QueueConnection;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.DeviceHealth;
import dev.virtq.queue.QueueControl;
import dev.virtq.queue.QueueOptions;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import dev.virtq.queue.ring.DriverRing;

/** Drives a queue with prepared transfers, as a driver does. */
final class QueueDriver implements DriverSide {
    /** The buffers take turns: as many of them as a power of two. */
    private static final int LAST = RoundTrips.OUTSTANDING - 1;

    private final Virtqueue queue;
    private final TransferToken[] idle = new TransferToken[RoundTrips.OUTSTANDING];
    private int sent;
    private int back;

    QueueDriver(DriverRing ring, DmaMemory memory) {
        QueueConnection connection = new QueueConnection(next -> {}, new NoInterrupt());
        queue =
                new QueueControl(
                                0, ring, connection, DeviceHealth.ALWAYS_WELL, QueueOptions.DEFAULT)
                        .queue();
        for (int i = 0; i < idle.length; i++) {
            idle[i] =
                    queue.prepare(BufferList.receiveOnly(memory.allocate(RoundTrips.BUFFER_BYTES)));
        }
        queue.handOver();
    }

    @Override
    public void send() {
        idle[sent++ & LAST].submit();
    }

    @Override
    public void publish() {
        queue.publish();
    }

    @Override
    public boolean takeBack() {
        TransferToken token = queue.poll();
        if (token == null) {
            return false;
        }
        if (token.receivedLength() != DeviceSide.WRITTEN) {
            throw new AssertionError("used length " + token.receivedLength());
        }
        idle[back++ & LAST] = token;
        return true;
    }

    /** Nobody sleeps here. */
    private static final class NoInterrupt implements Interrupt {
        @Override
        public boolean poll() {
            return false;
        }

        @Override
        public boolean await(long nanos) {
            return false;
        }
    }
}
