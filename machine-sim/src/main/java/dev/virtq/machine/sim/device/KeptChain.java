package dev.virtq.machine.sim.device;

import dev.virtq.queue.ring.DeviceChain;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A chain that is answered later than those that came after it: where its buffers are, since the
 * ring forgets a chain when it takes the next.
 *
 * @param index of its queue
 * @param queue its queue
 * @param opcode what is asked for
 * @param id of the chain
 * @param parts what there is to write
 */
record KeptChain(int index, QueueEnd queue, int opcode, int id, List<MemorySegment> parts) {
    /** Keeps the chain that a queue holds. */
    static KeptChain keep(int index, QueueEnd queue, int opcode) {
        DeviceChain chain = queue.chain();
        List<MemorySegment> parts = new ArrayList<>();
        for (int i = chain.readableCount(); i < chain.count(); i++) {
            parts.add(chain.segment(i));
        }
        queue.keep();
        return new KeptChain(index, queue, opcode, chain.id(), parts);
    }

    /** Writes the answer as far as there is room, and gives the chain back. */
    void answer(byte[] bytes) {
        MemorySegment source = MemorySegment.ofArray(bytes);
        long done = 0;
        for (MemorySegment part : parts) {
            long run = Math.min(part.byteSize(), bytes.length - done);
            MemorySegment.copy(source, done, part, 0, run);
            done += run;
        }
        queue.useTogether(new int[] {id}, new long[] {done});
    }
}
