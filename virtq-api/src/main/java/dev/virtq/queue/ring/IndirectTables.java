package dev.virtq.queue.ring;

import dev.virtq.device.CommonFeature;
import dev.virtq.memory.BufferClaim;
import dev.virtq.memory.DmaMemory;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The indirect tables of a queue's chains (virtio 1.4, sections 2.7.5.3 and 2.8.7): who has one,
 * and its memory. What is in them is for the ring format to write: both have 16 bytes an element.
 *
 * <p>Not thread safe.
 */
public final class IndirectTables {
    private static final int ELEMENT_BYTES = 16;

    private final boolean accepted;
    private final IndirectUse use;
    private final DmaMemory memory;
    private final @Nullable BufferClaim[] tables;

    /**
     * Makes room for one table for each id; none is allocated yet.
     *
     * @param request what the ring is made from
     */
    public IndirectTables(RingRequest request) {
        accepted = request.accepted().contains(CommonFeature.INDIRECT_DESC);
        use = request.indirect();
        memory = request.memory();
        tables = new BufferClaim[request.size()];
    }

    /** {@return whether VIRTIO_F_INDIRECT_DESC was accepted} */
    public boolean areAccepted() {
        return accepted;
    }

    /**
     * {@return whether a new chain should go into a table}
     *
     * @param elements how many elements it has at most
     * @param free how many slots of the ring are free
     */
    public boolean suit(int elements, int free) {
        if (!accepted || elements < 2) {
            return false;
        }
        return switch (use) {
            case WHEN_IT_SAVES_SLOTS -> true;
            case WHEN_SLOTS_ARE_SHORT -> elements > free;
            case NEVER -> false;
        };
    }

    /**
     * Allocates memory for a table, which nobody has yet.
     *
     * @param elements how many elements it has at most
     * @return the memory, contiguous for the device; to be {@linkplain #give given} to a chain
     */
    public BufferClaim allocate(int elements) {
        return memory.allocateContiguous((long) elements * ELEMENT_BYTES, ELEMENT_BYTES)
                .claim(RingOwnMemory.INDIRECT_TABLE);
    }

    /**
     * Gives a chain its table.
     *
     * @param id the chain's id
     * @param table the memory
     */
    public void give(int id, BufferClaim table) {
        tables[id] = table;
    }

    /**
     * {@return whether a chain has a table}
     *
     * @param id the chain's id
     */
    public boolean has(int id) {
        return tables[id] != null;
    }

    /**
     * {@return the bytes of a chain's table}
     *
     * @param id the chain's id
     */
    public MemorySegment segment(int id) {
        return table(id).segment();
    }

    /**
     * {@return the device address of a chain's table}
     *
     * @param id the chain's id
     */
    public long address(int id) {
        return table(id).extents().getFirst().address();
    }

    /**
     * Frees a chain's table, if it has one. Only when the device reads it no more.
     *
     * @param id the chain's id
     */
    public void free(int id) {
        end(id, BufferClaim::free);
    }

    /** Frees all tables. Only when the device reads them no more. */
    public void freeAll() {
        for (int id = 0; id < tables.length; id++) {
            end(id, BufferClaim::free);
        }
    }

    /** Takes the memory of all tables out of use for ever. */
    public void quarantineAll() {
        for (int id = 0; id < tables.length; id++) {
            end(id, BufferClaim::quarantine);
        }
    }

    private void end(int id, Consumer<BufferClaim> how) {
        BufferClaim table = tables[id];
        if (table != null) {
            tables[id] = null;
            how.accept(table);
        }
    }

    private BufferClaim table(int id) {
        BufferClaim table = tables[id];
        if (table == null) {
            throw new IllegalStateException("chain " + id + " has no indirect table");
        }
        return table;
    }
}
