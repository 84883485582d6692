package dev.virtq.packed;

import static dev.virtq.packed.PackedLayout.DESCRIPTOR_BYTES;
import static dev.virtq.packed.PackedLayout.INDIRECT;
import static dev.virtq.packed.PackedLayout.NEXT;
import static dev.virtq.packed.PackedLayout.ROUND_FLAGS;
import static dev.virtq.packed.PackedLayout.UNALIGNED_LONG;
import static dev.virtq.packed.PackedLayout.WRITE;

import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.ring.DeviceChain;
import dev.virtq.queue.ring.DriverFaultException;
import dev.virtq.queue.ring.TableMemory;
import java.lang.foreign.MemorySegment;

/**
 * Reads a list of descriptors from the ring, as a device does (virtio 1.4, sections 2.8.5 to
 * 2.8.7). Whatever the driver wrote is read once and checked.
 */
final class AvailableList {
    private final MemorySegment descriptors;
    private final int size;
    private final long maxTable;
    private final boolean mayBeIndirect;
    private final TableMemory tables;
    private final DeviceChain chain;

    /** The second words of a longer list: its id comes last, and is needed first. */
    private final long[] rests;

    AvailableList(MemorySegment descriptors, int size, boolean mayBeIndirect, DmaMemory memory) {
        this.descriptors = descriptors;
        this.size = size;
        maxTable = PackedLayout.descriptorAreaBytes(size);
        this.mayBeIndirect = mayBeIndirect;
        tables = new TableMemory(memory);
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
        if (room == 0) {
            throw overrun();
        }
        if ((Rest.flags(first) & NEXT) != 0) {
            return readList(slot, expected, first, room);
        }
        begin(Rest.id(first));
        long address = descriptors.get(UNALIGNED_LONG, PackedLayout.address(slot));
        if ((Rest.flags(first) & INDIRECT) == 0) {
            add(address, first);
        } else {
            readTable(address, Rest.length(first));
        }
        return 1;
    }

    /** Most lists are a request and a reply: two descriptors need no second look at anything. */
    private int readList(int slot, int expected, long first, int room) {
        int at = after(slot);
        int flags = at == 0 ? expected ^ ROUND_FLAGS : expected;
        long rest = goOn(at, flags, 1, room);
        if ((Rest.flags(rest) & NEXT) == 0) {
            begin(Rest.id(rest));
            addOfList(slot, first);
            addOfList(at, rest);
            return 2;
        }
        rests[0] = first;
        rests[1] = rest;
        int count = 2;
        while ((Rest.flags(rest) & NEXT) != 0) {
            at = after(at);
            flags = at == 0 ? flags ^ ROUND_FLAGS : flags;
            rest = goOn(at, flags, count, room);
            rests[count++] = rest;
        }
        begin(Rest.id(rest));
        at = slot;
        for (int i = 0; i < count; i++) {
            addOfList(at, rests[i]);
            at = after(at);
        }
        return count;
    }

    /**
     * Reads the next descriptor of a list.
     *
     * @param slot where it is
     * @param expected what AVAIL and USED are in a descriptor that is available there
     * @param count how many come before it
     * @param room how many there may be
     * @return its second word
     */
    private long goOn(int slot, int expected, int count, int room) {
        if (count == size) {
            throw new DriverFaultException(
                    "a list of more than %d descriptors: it is longer than the queue, or loops"
                            .formatted(size),
                    "2.8.17#2");
        }
        if (count == room) {
            throw overrun();
        }
        long rest = descriptors.get(UNALIGNED_LONG, PackedLayout.rest(slot));
        if ((Rest.flags(rest) & ROUND_FLAGS) != expected) {
            throw new DriverFaultException(
                    "a list goes on at slot %d, which is not available".formatted(slot),
                    "2.8.17#6");
        }
        return rest;
    }

    private void begin(int id) {
        if (id >= size) {
            throw new DriverFaultException(
                    "chain %d was made available (expected: 0..%d)".formatted(id, size - 1),
                    "2.8.13");
        }
        chain.begin(id);
    }

    private void addOfList(int slot, long rest) {
        if ((Rest.flags(rest) & INDIRECT) != 0) {
            throw new DriverFaultException(
                    "slot %d has INDIRECT in a list of several descriptors".formatted(slot),
                    "2.8.19#4");
        }
        add(descriptors.get(UNALIGNED_LONG, PackedLayout.address(slot)), rest);
    }

    private int after(int slot) {
        return slot + 1 == size ? 0 : slot + 1;
    }

    /** The WRITE flag of the descriptor that refers to the table means nothing (2.8.7). */
    private void readTable(long address, long bytes) {
        if (!mayBeIndirect || bytes == 0 || bytes % DESCRIPTOR_BYTES != 0 || bytes > maxTable) {
            throw wrongTable(bytes);
        }
        long start = tables.find(address, bytes);
        if (start == TableMemory.NOWHERE) {
            throw new DriverFaultException(
                    "an indirect table of %d bytes at 0x%x leads outside memory"
                            .formatted(bytes, address),
                    "2.8.7");
        }
        MemorySegment extent = tables.extent();
        long end = start + bytes;
        long at = start;
        do {
            add(
                    extent.get(UNALIGNED_LONG, at + PackedLayout.DESCRIPTOR_ADDRESS),
                    extent.get(UNALIGNED_LONG, at + PackedLayout.DESCRIPTOR_LENGTH));
            at += DESCRIPTOR_BYTES;
        } while (at != end); // 16 bytes at a time, and it has a multiple of them
    }

    private DriverFaultException wrongTable(long bytes) {
        if (!mayBeIndirect) {
            return new DriverFaultException(
                    "an indirect table without VIRTIO_F_INDIRECT_DESC", "2.8.19#1");
        }
        if (bytes > maxTable && bytes % DESCRIPTOR_BYTES == 0) {
            return new DriverFaultException(
                    "an indirect table of %d descriptors (expected: at most the queue size, %d)"
                            .formatted(bytes / DESCRIPTOR_BYTES, size),
                    "2.8.19#3, 2.8.17#2");
        }
        return new DriverFaultException(
                "an indirect table of %d bytes (expected: a multiple of 16)".formatted(bytes),
                "2.8.7");
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
