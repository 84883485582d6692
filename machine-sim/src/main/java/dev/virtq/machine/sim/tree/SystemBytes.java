package dev.virtq.machine.sim.tree;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * What a file of the system holds, with or without a name there.
 *
 * @param channel the file; its owner closes it
 */
record SystemBytes(FileChannel channel) {
    /** Reads until the target is full, or the file ends. */
    void read(long offset, ByteBuffer target) throws FileError {
        try {
            long at = offset;
            while (target.hasRemaining()) {
                int count = channel.read(target, at);
                if (count < 0) {
                    return;
                }
                at += count;
            }
        } catch (IOException e) {
            throw FileError.of(e);
        }
    }

    /** {@return the first byte at an offset, mapped: a multiple of the page size, not the end} */
    MemorySegment map(long offset, boolean write, Arena arena) throws FileError {
        try {
            return channel.map(
                    write ? FileChannel.MapMode.READ_WRITE : FileChannel.MapMode.READ_ONLY,
                    offset,
                    1,
                    arena);
        } catch (IOException e) {
            throw FileError.of(e);
        }
    }
}
