package dev.virtq.machine.sim.hostile;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Lies of a network device about frames that are spread over several receive buffers, where
 * VIRTIO_NET_F_MRG_RXBUF was accepted (virtio 1.4, section 5.1.9.4.1). What becomes of each is in
 * {@code docs/hostile.md}.
 */
public enum NetLie implements Mischief {
    /** A frame that lies in no buffer. */
    NUM_BUFFERS_ZERO {
        @Override
        public void receivedHeader(MemorySegment header) {
            header.set(NUM_BUFFERS, OFFSET, (short) 0);
        }
    },
    /** A frame that lies in more buffers than there are. */
    NUM_BUFFERS_ALL_ONES {
        @Override
        public void receivedHeader(MemorySegment header) {
            header.set(NUM_BUFFERS, OFFSET, (short) -1);
        }
    },
    /** A frame that lies in more buffers than the longest one fills. */
    NUM_BUFFERS_TOO_MANY {
        @Override
        public void receivedHeader(MemorySegment header) {
            header.set(NUM_BUFFERS, OFFSET, (short) (2 * header.get(NUM_BUFFERS, OFFSET)));
        }
    },
    /** A buffer more than the device has used. */
    NUM_BUFFERS_ONE_MORE {
        @Override
        public void receivedHeader(MemorySegment header) {
            header.set(NUM_BUFFERS, OFFSET, (short) (1 + header.get(NUM_BUFFERS, OFFSET)));
        }
    },
    /** The last buffer of a frame is not used together with the others. */
    LAST_BUFFER_KEPT {
        @Override
        public void use(HostileRing ring, int id, long length) {
            if (length == ring.room()) {
                ring.useHonestly(id, length);
            }
        }
    },
    /** Buffers that are not full, and the frame goes on in the next. */
    BUFFERS_NOT_FULL {
        @Override
        public void use(HostileRing ring, int id, long length) {
            ring.useHonestly(id, length - 1);
        }
    },
    /** A last buffer that is full, and the frame is too long then. */
    FRAME_TOO_LONG {
        @Override
        public void use(HostileRing ring, int id, long length) {
            ring.useHonestly(id, ring.room());
        }
    };

    private static final int OFFSET = 10;
    private static final ValueLayout.OfShort NUM_BUFFERS =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
}
