package dev.virtq.split;

import static dev.virtq.split.SplitLayout.INDIRECT;
import static dev.virtq.split.SplitLayout.NEXT;
import static dev.virtq.split.SplitLayout.WRITE;

import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.ring.DeviceChain;
import dev.virtq.queue.ring.DriverFaultException;
import dev.virtq.queue.ring.TableMemory;
import java.lang.foreign.MemorySegment;

/**
 * Walks a chain through the descriptors, as a device does (virtio 1.4, section 2.7.5). Whatever the
 * driver wrote is read once and checked; a chain that loops ends where it is longer than any may
 * be.
 */
final class AvailableChain {
    /** Section 2.7.5.2: a chain has at most 2^32 bytes. */
    private static final long MAX_BYTES = 1L << 32;

    private final DescriptorTable table;
    private final int size;
    private final boolean mayBeIndirect;
    private final TableMemory tables;
    private final DeviceChain chain;

    AvailableChain(MemorySegment descriptors, boolean mayBeIndirect, DmaMemory memory) {
        table = new DescriptorTable(descriptors);
        size = table.size();
        this.mayBeIndirect = mayBeIndirect;
        tables = new TableMemory(memory);
        chain = new DeviceChain(memory);
    }

    /** {@return the chain that was walked last; the same object every time} */
    DeviceChain chain() {
        return chain;
    }

    void walk(int head) {
        chain.begin(head);
        int slot = head;
        while (true) {
            long rest = table.rest(slot);
            int flags = DescriptorTable.flags(rest);
            if ((flags & INDIRECT) != 0) {
                walkIndirect(table.address(slot), rest);
                break; // 2.7.5.3.2#2: an indirect descriptor is the last
            }
            add(table.address(slot), rest);
            if ((flags & NEXT) == 0) {
                break;
            }
            slot = next(table, slot, rest);
        }
        if (chain.readableBytes() + chain.writableBytes() > MAX_BYTES) {
            throw new DriverFaultException(
                    "chain %d has %d bytes (expected: at most 2^32)"
                            .formatted(head, chain.readableBytes() + chain.writableBytes()),
                    "2.7.5.2#1");
        }
    }

    /** The WRITE flag of the descriptor that refers to the table means nothing (2.7.5.3.2#1). */
    private void walkIndirect(long address, long referring) {
        if (!mayBeIndirect) {
            throw new DriverFaultException(
                    "an indirect table without VIRTIO_F_INDIRECT_DESC", "2.7.5.3.1#1");
        }
        if ((DescriptorTable.flags(referring) & NEXT) != 0) {
            throw new DriverFaultException(
                    "a descriptor has both INDIRECT and NEXT", "2.7.5.3.1#4");
        }
        DescriptorTable indirect = indirectTable(address, DescriptorTable.length(referring));
        int slot = 0;
        while (true) {
            long rest = indirect.rest(slot);
            int flags = DescriptorTable.flags(rest);
            if ((flags & INDIRECT) != 0) {
                throw new DriverFaultException(
                        "an indirect table in an indirect table", "2.7.5.3.1#2");
            }
            add(indirect.address(slot), rest);
            if ((flags & NEXT) == 0) {
                return;
            }
            slot = next(indirect, slot, rest);
        }
    }

    private DescriptorTable indirectTable(long address, long bytes) {
        if (bytes == 0 || bytes % SplitLayout.DESCRIPTOR_BYTES != 0) {
            throw new DriverFaultException(
                    "an indirect table of %d bytes (expected: a multiple of 16)".formatted(bytes),
                    "2.7.5.3");
        }
        long start = tables.find(address, bytes);
        if (start == TableMemory.NOWHERE) {
            throw new DriverFaultException(
                    "an indirect table of %d bytes at 0x%x leads outside memory"
                            .formatted(bytes, address),
                    "2.7.5.3");
        }
        return new DescriptorTable(tables.extent(), start, bytes);
    }

    private void add(long address, long rest) {
        if (chain.count() == size) {
            throw new DriverFaultException(
                    "chain %d has more than %d elements: it is longer than the queue, or loops"
                            .formatted(chain.id(), size),
                    "2.7.5.3.1#3, 2.7.5.2#1");
        }
        boolean writable = (DescriptorTable.flags(rest) & WRITE) != 0;
        chain.add(address, DescriptorTable.length(rest), writable);
    }

    private static int next(DescriptorTable descriptors, int slot, long rest) {
        int next = DescriptorTable.next(rest);
        if (next >= descriptors.size()) {
            throw new DriverFaultException(
                    "descriptor %d goes on at %d (expected: 0..%d)"
                            .formatted(slot, next, descriptors.size() - 1),
                    "2.7.5");
        }
        return next;
    }
}
