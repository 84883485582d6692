package dev.virtq.machine.sim.vhostuser;

import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.transport.vhostuser.posix.MemoryFile;
import dev.virtq.transport.vhostuser.posix.PosixException;
import dev.virtq.transport.vhostuser.posix.ReceivedDescriptors;
import dev.virtq.transport.vhostuser.protocol.Message;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * The memory that a front end has shared: mapped here, and found by the addresses of the device, or
 * of the front end's process. What was shared stays until the connection ends.
 */
final class ServedMemory {
    static final int SLOTS = 8;
    static final int REGION_BYTES = 32;

    private static final ValueLayout.OfShort LE16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final DmaMemory memory = new DmaMemory();
    private final List<Region> regions = new ArrayList<>();

    private record Region(long address, long length, long user) {}

    DmaMemory memory() {
        return memory;
    }

    /**
     * Maps one region: {@code u64 guest address, size, user address, mmap offset}.
     *
     * @param message where it is described
     * @param at where in its payload
     * @param files has the file of the region first
     */
    void add(Message message, int at, ReceivedDescriptors files) throws Refusal, PosixException {
        long address = message.u64(at);
        long length = message.u64(at + 8);
        long user = message.u64(at + 16);
        long offset = message.u64(at + 24);
        if (regions.size() == SLOTS) {
            throw new Refusal("more than %d regions of memory".formatted(SLOTS));
        }
        if (files.count() < 1) {
            throw new Refusal("memory without a file");
        }
        try (MemoryFile file = files.takeMemory()) {
            long size = file.size();
            // To touch what is behind the end of the file would be the end of this process.
            if (length <= 0 || offset < 0 || offset > size || length > size - offset) {
                throw new Refusal(
                        "%d bytes at offset %d of a file of %d".formatted(length, offset, size));
            }
            memory.register(MemoryMapping.contiguous(file.map(offset, length), address));
        } catch (IllegalArgumentException e) {
            throw new Refusal("memory that overlaps: " + e.getMessage());
        }
        regions.add(new Region(address, length, user));
    }

    /** {@return a number of 16 bits; empty when there is no memory at that address} */
    OptionalInt u16(long address) {
        return memory.at(address, Short.BYTES)
                .map(bytes -> OptionalInt.of(Short.toUnsignedInt(bytes.get(LE16, 0))))
                .orElse(OptionalInt.empty());
    }

    /** {@return the device's address for one of the front end's process} */
    long translate(long user) throws Refusal {
        for (Region region : regions) {
            long into = user - region.user;
            if (into >= 0 && into < region.length) {
                return region.address + into;
            }
        }
        throw new Refusal("the address 0x%x is in no region of memory".formatted(user));
    }
}
