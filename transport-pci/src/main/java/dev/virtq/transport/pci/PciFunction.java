package dev.virtq.transport.pci;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.FeatureSet;
import dev.virtq.memory.DmaMemory;
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
 *
 * <p>The function belongs to the machine: nobody closes it, it ends with its machine. One transport
 * at a time uses it.
 *
 * <p>Threads: all methods may be called from any thread.
 */
public interface PciFunction {
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
     *     not reached is passed over for the next of its type
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

    /** {@return the memory that the function reaches as a bus master} */
    DmaMemory memory();

    /**
     * What the machine vouches for: {@link CommonFeature#ACCESS_PLATFORM} when the addresses of
     * {@link #memory} are those that the function has to use behind the platform's translation,
     * {@link CommonFeature#ORDER_PLATFORM} when fences of the CPU order memory for it.
     *
     * @return a subset of those two
     */
    default FeatureSet platformFeatures() {
        return FeatureSet.EMPTY;
    }

    /**
     * Whether the device is known to be gone. Cheap enough to be asked in a waiting loop.
     *
     * @return why it is gone; empty while it is there
     */
    Optional<DeviceLostException> lost();

    /**
     * Whether the device can no longer write to memory: its process is proven dead.
     *
     * @return {@code true} only when that is certain
     */
    default boolean deviceProvenDead() {
        return false;
    }
}
