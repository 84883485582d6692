package dev.virtq.transport.pci;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** An entry of a function's capability list, decoded as far as virtio needs it. */
public sealed interface PciCapability {
    /** {@return where the entry is, in bytes from the start of the configuration space} */
    int position();

    /** {@return the capability id: 0x09 for a vendor's own, 0x11 for MSI-X} */
    int id();

    /** {@return what it is, for people} */
    String name();

    /**
     * Says where a structure of a virtio device lies (virtio 1.4, section 4.1.4).
     *
     * @param position where the entry is in the configuration space
     * @param id 0x09
     * @param name what it is, as in {@code virtio common configuration}
     * @param type cfg_type
     * @param bar which BAR the structure is in; above 5 is reserved
     * @param structureId tells several structures of one type apart
     * @param offset where the structure starts in the BAR, in bytes
     * @param length how many bytes it has, as the device says
     * @param notifyOffMultiplier from one queue's notification address to the next, in bytes; only
     *     for notifications
     */
    record VirtioStructure(
            int position,
            int id,
            String name,
            int type,
            int bar,
            int structureId,
            long offset,
            long length,
            @Nullable Long notifyOffMultiplier)
            implements PciCapability {}

    /**
     * The state of MSI-X (PCI Local Bus 3.0, section 6.8.2).
     *
     * @param position where the entry is in the configuration space
     * @param id 0x11
     * @param name what it is
     * @param vectors how many entries the table has, 1 to 2048
     * @param enabled whether the function sends messages
     * @param masked whether all vectors are masked
     * @param tableBar which BAR the table is in
     * @param tableOffset where it starts there, in bytes
     * @param pendingBar which BAR the pending bits are in
     * @param pendingOffset where they start there, in bytes
     * @param entries the first entries of the table; empty when they were not looked at
     */
    record Msix(
            int position,
            int id,
            String name,
            int vectors,
            boolean enabled,
            boolean masked,
            int tableBar,
            long tableOffset,
            int pendingBar,
            long pendingOffset,
            List<MsixEntry> entries)
            implements PciCapability {
        /** Keeps a copy of the entries. */
        public Msix {
            entries = List.copyOf(entries);
        }
    }

    /**
     * One vector of MSI-X.
     *
     * @param vector its number
     * @param address where its message is stored
     * @param data what is stored, 32 bits
     * @param masked whether it is held back
     * @param pending whether a message was held back
     */
    record MsixEntry(int vector, long address, int data, boolean masked, boolean pending) {}

    /**
     * What the maker of a virtio device has to say of it (virtio 1.4, section 4.1.4.8): to be shown
     * to people, and for nothing else.
     *
     * @param position where the entry is in the configuration space
     * @param id 0x09
     * @param name what it is
     * @param vendorId whose format the data has: the PCI vendor id of the maker
     * @param data what follows, in hex, two digits a byte
     */
    record VendorData(int position, int id, String name, int vendorId, String data)
            implements PciCapability {}

    /**
     * A capability that virtio has no use for.
     *
     * @param position where the entry is in the configuration space
     * @param id the capability id
     * @param name what it is, as far as known
     */
    record Other(int position, int id, String name) implements PciCapability {}

    /**
     * A capability that contradicts itself; it is not used.
     *
     * @param position where the entry is in the configuration space
     * @param id the capability id
     * @param name what it claims to be
     * @param type cfg_type of a virtio structure; 0 for other capabilities
     * @param problem what is wrong with it
     */
    record Malformed(int position, int id, String name, int type, String problem)
            implements PciCapability {}
}
