package dev.virtq.queue;

import java.util.List;
import java.util.Optional;

/**
 * An immutable picture of a ring.
 *
 * <p>It is made from memory and addresses alone, so that it works on anybody's queue: that of a
 * driver in this process, of a running guest, of a device under test. What cannot be known from
 * memory is {@linkplain #inferred said to be inferred}.
 *
 * @param queue the queue's index
 * @param format {@code split} or {@code packed}
 * @param size how many entries
 * @param descriptorArea device address of the descriptor area
 * @param driverArea device address of the driver area
 * @param deviceArea device address of the device area
 * @param indices how far each side is
 * @param slots the descriptors, one for each slot
 * @param chains the chains that are prepared, staged, with the device, or used and not yet taken
 * @param usedNotifications what the driver asked of the device
 * @param availableNotifications what the device asked of the driver
 * @param nextKick what an available buffer notification would do now
 * @param inferred what was concluded and not read, one sentence each
 * @param anomalies what breaks a rule of the standard, one sentence each
 */
public record QueueSnapshot(
        int queue,
        String format,
        int size,
        long descriptorArea,
        long driverArea,
        long deviceArea,
        Indices indices,
        List<Slot> slots,
        List<ChainView> chains,
        Suppression usedNotifications,
        Suppression availableNotifications,
        NextKick nextKick,
        List<String> inferred,
        List<String> anomalies) {

    /** Copies the lists. */
    public QueueSnapshot {
        slots = List.copyOf(slots);
        chains = List.copyOf(chains);
        inferred = List.copyOf(inferred);
        anomalies = List.copyOf(anomalies);
    }

    /** Who owns a slot or a chain. */
    public enum Owner {
        /** Nobody: it can be reserved. */
        FREE,
        /** The driver has reserved it, and has not made it available. */
        PREPARED,
        /** The driver has put it into the ring, and not yet published it. */
        STAGED,
        /** The device: it is available and not used. */
        DEVICE,
        /** The device has used it, and the driver has not yet taken it. */
        USED
    }

    /**
     * How far each side is. All of them are free-running counters modulo 65536 in the split ring,
     * and positions in the packed ring.
     *
     * @param available where the driver will make the next chain available; published
     * @param used where the device will use the next chain
     * @param staged where the driver stages next; empty when only the driver could know
     * @param taken how far the driver has taken used chains; empty when only the driver could know
     * @param driverWrap the driver's wrap counter; empty in a split ring
     * @param deviceWrap the device's wrap counter; empty in a split ring
     */
    public record Indices(
            int available,
            int used,
            Optional<Integer> staged,
            Optional<Integer> taken,
            Optional<Boolean> driverWrap,
            Optional<Boolean> deviceWrap) {}

    /**
     * One descriptor.
     *
     * @param index its place in the descriptor area
     * @param address device address of its buffer
     * @param length of its buffer, in bytes
     * @param flags as they are in memory
     * @param flagNames the flags' names, as in {@code NEXT WRITE}
     * @param next where the chain goes on (split) or the buffer id (packed)
     * @param owner who owns it
     */
    public record Slot(
            int index,
            long address,
            long length,
            int flags,
            String flagNames,
            int next,
            Owner owner) {}

    /**
     * One chain.
     *
     * @param id the head's index (split) or the buffer id (packed)
     * @param owner who has it
     * @param indirect whether its elements are in a table of their own
     * @param elements its elements, in order
     * @param usedLength how many bytes the device says that it wrote; empty unless used
     */
    public record ChainView(
            int id,
            Owner owner,
            boolean indirect,
            List<Element> elements,
            Optional<Long> usedLength) {
        /** Copies the list. */
        public ChainView {
            elements = List.copyOf(elements);
        }
    }

    /**
     * One element of a chain.
     *
     * @param slot its place in the descriptor area, or in the indirect table; -1 as long as it has
     *     none
     * @param address device address of its buffer
     * @param length of its buffer, in bytes
     * @param writable whether the device may write it
     */
    public record Element(int slot, long address, long length, boolean writable) {}

    /**
     * Whether one side wants to be notified, and when.
     *
     * @param enabled whether a notification would be sent for the next entry
     * @param how the flag or the event index, as read, as in {@code flags 0x1 NO_INTERRUPT}
     */
    public record Suppression(boolean enabled, String how) {}

    /**
     * What an available buffer notification would do now.
     *
     * @param chains how many chains the device would find
     * @param staged how many more are staged and would be published by a flush first
     * @param wanted whether the device asked to be notified of any of these, or of the next chain
     *     when there are none
     */
    public record NextKick(int chains, int staged, boolean wanted) {}
}
