package dev.virtq.transport.pci;

import dev.virtq.transport.DevicePlace;
import dev.virtq.transport.RegisterWindow;
import java.util.List;
import java.util.Optional;

/**
 * A function of a PCI device, as a machine reaches it: the seam between virtio over PCI and the
 * ways to a PCI bus.
 *
 * <p>The machine enumerates its bus, sizes and assigns the BARs ({@link BarProbe} helps), and hands
 * the function out. The transport enables decoding and bus mastering in the command register, walks
 * the capabilities, and programs the MSI-X table with the messages that the machine hands out.
 * Where it hands out none, the function's interrupt pin is used, if the machine listens to its
 * line.
 */
public interface PciFunction extends DevicePlace {
    /** {@return where the function sits on its bus} */
    PciAddress address();

    /**
     * {@return the configuration space: 256 bytes, or 4096 where extended configuration is reached}
     */
    RegisterWindow configSpace();

    /** {@return the BARs that the function implements, by ascending index, assigned and sized} */
    List<PciBar> bars();

    /**
     * The registers behind a BAR. An offset is only checked against the size of the BAR; the
     * transport checks it against the structure that it belongs to.
     *
     * @param index the index of a BAR in {@link #bars}
     * @return the registers, as many bytes as the BAR has
     * @throws IllegalArgumentException when the function has no such BAR, or the machine does not
     *     {@linkplain #reaches reach} it
     */
    RegisterWindow bar(int index);

    /**
     * Whether {@link #bar} gives the registers of a BAR. A machine that reaches ports as well as
     * memory overrides this.
     *
     * @param bar one of {@link #bars}
     * @return {@code false} for a BAR in I/O space, unless overridden. A structure in a BAR that is
     *     not reached is passed over for the next of its type; when there is none, the transport
     *     goes through configuration space, if the device lets it (virtio 1.4, section 4.1.4.9)
     */
    default boolean reaches(PciBar bar) {
        return bar.kind() != PciBar.Kind.IO;
    }

    /**
     * Finds a place where the message of a vector can arrive. Called at most once for a vector
     * until the message is closed, vector 0 first.
     *
     * @param vector the entry of the MSI-X table that it is for
     * @return the message and its interrupt; empty when the machine has no place left, or none at
     *     all: the transport then shares vectors, or polls the ISR status
     */
    Optional<MessageInterrupt> allocateMessage(int vector);
}
