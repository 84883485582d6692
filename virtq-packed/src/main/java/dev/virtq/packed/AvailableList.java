package dev.virtq.packed;

import static dev.virtq.packed.PackedLayout.DESCRIPTOR_BYTES;
import static dev.virtq.packed.PackedLayout.INDIRECT;
import static dev.virtq.packed.PackedLayout.LONG;
import static dev.virtq.packed.PackedLayout.NEXT;
import static dev.virtq.packed.PackedLayout.ROUND_FLAGS;
import static dev.virtq.packed.PackedLayout.UNALIGNED_LONG;
import static dev.virtq.packed.PackedLayout.WRITE;

import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.ring.DeviceChain;
import dev.virtq.queue.ring.DriverFaultException;
import java.lang.foreign.MemorySegment;

/**
 * Reads a list of descriptors from the ring, as a device does (virtio 1.4, sections 2.8.5 to
 * 2.8.7). Whatever the driver wrote is read once and checked.
 */
final class AvailableList {
    private final MemorySegment descriptors;
    private final int size;
    private final boolean mayBeIndirect;
    private final DmaMemory memory;
    private final DeviceChain chain;

    /** The list's second words: its id comes last, and is needed first. */
    private final long[] rests;

    AvailableList(MemorySegment descriptors, int size, boolean mayBeIndirect, DmaMemory memory) {
        this.descriptors = descriptors;
        this.size = size;
        this.mayBeIndirect = mayBeIndirect;
        this.memory = memory;
        chain = new DeviceChain(memory);
        rests = new long[size];
    }

    /** {@return the chain that was read last; the same object every time} */
    DeviceChain chain() {
        return chain;
    }

    /**
     * Reads the list that begins in a slot.
     *
     * @param slot where it begins
     * @param expected what AVAIL and USED are in a descriptor that is available there
     * @param first the second word of its first descriptor, which is available
     * @param room how many slots the driver may have made available
     * @return how many slots it has
     */
    int read(int slot, int expected, long first, int room) {
        int count = collect(slot, expected, first, room);
        int id = Rest.id(rests[count - 1]);
        if (id >= size) {
            throw new DriverFaultException(
                    "chain %d was made available (expected: 0..%d)".formatted(id, size - 1),
                    "2.8.13");
        }
        chain.begin(id);
        int at = slot;
        for (int i = 0; i < count; i++) {
            long rest = rests[i];
            long address = descriptors.get(LONG, PackedLayout.address(at));
            if ((Rest.flags(rest) & INDIRECT) == 0) {
                add(address, rest);
            } else if (count == 1) {
                readTable(address, Rest.length(rest));
            } else {
                throw new DriverFaultException(
                        "a descriptor with INDIRECT in a list of %d".formatted(count), "2.8.19#4");
            }
            if (++at == size) {
                at = 0;
            }
        }
        return count;
    }

    /** {@return how many descriptors the list has} */
    private int collect(int slot, int expected, long first, int room) {
        if (room == 0) {
            throw overrun();
        }
        rests[0] = first;
        int count = 1;
        int at = slot;
        int flags = expected;
        while ((Rest.flags(rests[count - 1]) & NEXT) != 0) {
            if (count == size) {
                throw new DriverFaultException(
                        "a list of more than %d descriptors: it is longer than the queue, or loops"
                                .formatted(size),
                        "2.8.17#2");
            }
            if (count == room) {
                throw overrun();
            }
            if (++at == size) {
                at = 0;
                flags ^= ROUND_FLAGS;
            }
            long rest = descriptors.get(LONG, PackedLayout.rest(at));
            if ((Rest.flags(rest) & ROUND_FLAGS) != flags) {
                throw new DriverFaultException(
                        "a list goes on at slot %d, which is not available".formatted(at),
                        "2.8.17#6");
            }
            rests[count++] = rest;
        }
        return count;
    }

    /** The WRITE flag of the descriptor that refers to the table means nothing (2.8.7). */
    private void readTable(long address, long bytes) {
        if (!mayBeIndirect) {
            throw new DriverFaultException(
                    "an indirect table without VIRTIO_F_INDIRECT_DESC", "2.8.19#1");
        }
        if (bytes == 0 || bytes % DESCRIPTOR_BYTES != 0) {
            throw new DriverFaultException(
                    "an indirect table of %d bytes (expected: a multiple of 16)".formatted(bytes),
                    "2.8.7");
        }
        long count = bytes / DESCRIPTOR_BYTES;
        if (count > size) {
            throw new DriverFaultException(
                    "an indirect table of %d descriptors (expected: at most the queue size, %d)"
                            .formatted(count, size),
                    "2.8.19#3, 2.8.17#2");
        }
        MemorySegment table = memory.at(address, bytes).orElse(null);
        if (table == null) {
            throw new DriverFaultException(
                    "an indirect table of %d bytes at 0x%x leads outside memory"
                            .formatted(bytes, address),
                    "2.8.7");
        }
        for (int i = 0; i < count; i++) {
            add(
                    table.get(UNALIGNED_LONG, PackedLayout.address(i)),
                    table.get(UNALIGNED_LONG, PackedLayout.rest(i)));
        }
    }

    /** Flags that mean nothing here are ignored, as 2.8.7 asks for in a table. */
    private void add(long address, long rest) {
        boolean writable = (Rest.flags(rest) & WRITE) != 0;
        if (!writable && chain.readableCount() < chain.count()) {
            throw new DriverFaultException(
                    "a device-readable descriptor follows a device-writable one", "2.8.17#3");
        }
        chain.add(address, Rest.length(rest), writable);
    }

    private static DriverFaultException overrun() {
        return new DriverFaultException(
                "descriptors were made available over ones that are not used yet", "2.8.17#5");
    }
}
