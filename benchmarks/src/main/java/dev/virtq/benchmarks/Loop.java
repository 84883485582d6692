package dev.virtq.benchmarks;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.Interrupt;
import dev.virtq.device.QueueConnection;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.DeviceHealth;
import dev.virtq.queue.QueueControl;
import dev.virtq.queue.QueueOptions;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.queue.ring.RingFormat;
import dev.virtq.queue.ring.RingRequest;
import java.lang.foreign.Arena;
import java.util.function.Supplier;

/**
 * A queue as a driver uses it, and the device end of its ring, in one process: whatever is done at
 * one end comes back from the other.
 */
final class Loop {
    static final int SIZE = 256;
    static final long BUFFER_BYTES = 64;
    static final Interrupt NOBODY = new NoInterrupt();

    final DmaMemory memory =
            new DmaMemory(
                    MemoryMapping.contiguous(Arena.ofAuto().allocate(4 << 20, 4096), 1L << 32));
    final Virtqueue queue;
    private final Supplier<DeviceRing> deviceEnd;

    /** How often the device was notified. */
    long rings;

    Loop(String formatName, boolean indirect, boolean eventIndex) {
        FeatureSet accepted = Formats.choosing(formatName);
        if (indirect) {
            accepted = accepted.with(CommonFeature.INDIRECT_DESC);
        }
        if (eventIndex) {
            accepted = accepted.with(CommonFeature.EVENT_IDX);
        }
        RingFormat format = Formats.named(formatName);
        DriverRing ring =
                format.createDriverEnd(
                        new RingRequest(
                                0, SIZE, accepted, memory, IndirectUse.WHEN_IT_SAVES_SLOTS));
        queue =
                new QueueControl(
                                0,
                                ring,
                                new QueueConnection(next -> rings++, NOBODY),
                                DeviceHealth.ALWAYS_WELL,
                                QueueOptions.DEFAULT)
                        .queue();
        FeatureSet features = accepted;
        deviceEnd = () -> format.createDeviceEnd(ring.setup(), features, memory);
    }

    /**
     * Makes the device end. Whoever uses it makes it: of two threads, each has its objects apart
     * from the other's, and on no cache line of theirs.
     */
    DeviceRing deviceEnd() {
        return deviceEnd.get();
    }

    TransferToken[] prepare(int count) {
        TransferToken[] tokens = new TransferToken[count];
        for (int i = 0; i < count; i++) {
            DmaBuffer request = memory.allocate(BUFFER_BYTES);
            DmaBuffer reply = memory.allocate(BUFFER_BYTES);
            tokens[i] = queue.prepare(BufferList.send(request).receive(reply));
        }
        return tokens;
    }

    /** What a device does when it is notified. {@return how many chains it used} */
    int serve(DeviceRing device) {
        int served = 0;
        while (device.take()) {
            device.use(device.chain().id(), Long.BYTES);
            served++;
        }
        if (served > 0) {
            device.publish();
            if (device.driverWantsNotification()) {
                rings++;
            }
        }
        return served;
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
