package dev.virtq.transport.pci.layout;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.PciCapability;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The capabilities of a function, in the order of the list (PCI Local Bus 3.0, section 6.7).
 *
 * <p>The list is a chain of pointers that the device wrote: it may leave its place, and it may bite
 * its tail. The walk visits no position twice, so it ends.
 */
public final class CapabilityList {
    private static final int FIRST_POSITION = 0x40;
    private static final int POINTER_BITS = 0xfc; // the two lowest bits are reserved

    private final List<PciCapability> entries;
    private final @Nullable DeviceFaultException fault;

    private CapabilityList(List<PciCapability> entries, @Nullable DeviceFaultException fault) {
        this.entries = List.copyOf(entries);
        this.fault = fault;
    }

    /**
     * Walks the list.
     *
     * @param config the configuration space of a function
     * @param virtio whether the vendor's own capabilities are those of virtio
     * @return what was found, up to the place where the list is broken, if it is
     */
    public static CapabilityList read(RegisterWindow config, boolean virtio) {
        CapabilityDecoder decoder = new CapabilityDecoder(config, virtio);
        List<PciCapability> found = new ArrayList<>();
        BitSet visited = new BitSet(256);
        int from = 0x34;
        int position = new ConfigHeader(config).firstCapability() & POINTER_BITS;
        while (position != 0) {
            if (position < FIRST_POSITION) {
                return new CapabilityList(found, fault("points into the header", from, position));
            }
            if (visited.get(position)) {
                return new CapabilityList(found, fault("is a loop", from, position));
            }
            visited.set(position);
            int id = config.readByte(position) & 0xff;
            int next = config.readByte(position + 1) & POINTER_BITS;
            found.add(decoder.decode(position, id));
            from = position + 1;
            position = next;
        }
        return new CapabilityList(found, null);
    }

    /** {@return what was found before the list ended or broke} */
    public List<PciCapability> found() {
        return entries;
    }

    /** {@return where the list is broken; empty when it is not} */
    public Optional<DeviceFaultException> fault() {
        return Optional.ofNullable(fault);
    }

    /**
     * {@return the whole list}
     *
     * @throws DeviceFaultException when the list is broken
     */
    public List<PciCapability> complete() {
        if (fault != null) {
            throw fault;
        }
        return entries;
    }

    private static DeviceFaultException fault(String what, int from, int to) {
        return new DeviceFaultException(
                "the capability list " + what,
                "4.1.1#1",
                "the pointer at 0x%02x is 0x%02x (expected: 0x40..0xfc, each once)"
                        .formatted(from, to));
    }
}
