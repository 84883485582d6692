package dev.virtq.machine.sim.device;

import dev.virtq.machine.sim.SourcePattern;
import dev.virtq.queue.ring.DeviceChain;
import java.lang.foreign.MemorySegment;

/** What a test device does with a chain. It moves bytes in pieces, so that none is too long. */
abstract class ChainService {
    private static final int PIECE = 1 << 16;

    private final byte[] bytes = new byte[PIECE];
    private final MemorySegment piece = MemorySegment.ofArray(bytes);
    private final Work work;

    ChainService(Work work) {
        this.work = work;
    }

    /**
     * Serves a chain.
     *
     * @param chain what the driver made available
     * @param number how many chains of its queue were served before it
     * @return how many bytes were written, from the first writable one on
     */
    abstract long serve(DeviceChain chain, long number);

    /** {@return a piece of what the chain sends: a copy, counted} */
    final MemorySegment read(DeviceChain chain, long offset) {
        int length = (int) Math.min(PIECE, chain.readableBytes() - offset);
        MemorySegment part = part(length);
        chain.read(offset, part);
        work.read(bytes, length);
        return part;
    }

    /** {@return room for a piece of what is written, as long as the chain has room for it} */
    final MemorySegment roomAt(DeviceChain chain, long offset) {
        return part((int) Math.min(PIECE, chain.writableBytes() - offset));
    }

    private MemorySegment part(int length) {
        return length == PIECE ? piece : piece.asSlice(0, length);
    }

    /** Writes back what it reads, as far as there is room. */
    static final class Echo extends ChainService {
        Echo(Work work) {
            super(work);
        }

        @Override
        long serve(DeviceChain chain, long number) {
            long written = 0;
            for (long at = 0; at < chain.readableBytes(); at += PIECE) {
                written += chain.write(at, read(chain, at));
            }
            return written;
        }
    }

    /** Reads everything, and writes nothing. */
    static final class Sink extends ChainService {
        Sink(Work work) {
            super(work);
        }

        @Override
        long serve(DeviceChain chain, long number) {
            for (long at = 0; at < chain.readableBytes(); at += PIECE) {
                read(chain, at);
            }
            return 0;
        }
    }

    /** Fills what there is to write with the pattern of the chain's number. */
    static final class Source extends ChainService {
        Source(Work work) {
            super(work);
        }

        @Override
        long serve(DeviceChain chain, long number) {
            for (long at = 0; at < chain.writableBytes(); at += PIECE) {
                MemorySegment part = roomAt(chain, at);
                SourcePattern.fill(number, at, part);
                chain.write(at, part);
            }
            return chain.writableBytes();
        }
    }
}
