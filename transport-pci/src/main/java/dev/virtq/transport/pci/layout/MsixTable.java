package dev.virtq.transport.pci.layout;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.MessageInterrupt.Message;
import dev.virtq.transport.pci.PciBar;
import dev.virtq.transport.pci.PciBar.Kind;
import dev.virtq.transport.pci.PciCapability.Msix;
import dev.virtq.transport.pci.PciCapability.MsixEntry;
import dev.virtq.transport.pci.PciFunction;

/** The MSI-X capability, its table and its pending bits (PCI Local Bus 3.0, section 6.8.2). */
public final class MsixTable {
    // the capability
    static final int CONTROL = 2;
    static final int TABLE = 4;
    static final int PENDING = 8;
    static final int CAPABILITY_SIZE = 12;
    static final int CONTROL_SIZE = 0x07ff; // the number of entries less one
    static final int CONTROL_MASK_ALL = 0x4000;
    static final int CONTROL_ENABLE = 0x8000;
    static final int BAR_BITS = 0x7;

    // an entry of the table
    private static final int ADDRESS_LOW = 0;
    private static final int ADDRESS_HIGH = 4;
    private static final int DATA = 8;
    private static final int VECTOR_CONTROL = 12;
    private static final int ENTRY_SIZE = 16;
    private static final int VECTOR_MASKED = 1;

    private final RegisterWindow config;
    private final int controlRegister;
    private final int vectors;
    private final RegisterWindow table;
    private final RegisterWindow pending;

    /**
     * Opens the table.
     *
     * @param function that has it
     * @param capability where it is
     * @throws DeviceFaultException when it is not within a memory BAR
     * @throws IllegalArgumentException when it is not {@linkplain #isReached reached}
     */
    public MsixTable(PciFunction function, Msix capability) {
        config = function.configSpace();
        controlRegister = capability.position() + CONTROL;
        vectors = capability.vectors();
        table =
                window(
                        function,
                        "MSI-X table",
                        capability.tableBar(),
                        capability.tableOffset(),
                        (long) vectors * ENTRY_SIZE);
        pending =
                window(
                        function,
                        "MSI-X pending bits",
                        capability.pendingBar(),
                        capability.pendingOffset(),
                        (vectors + 63) / 64 * 8L);
    }

    /**
     * Whether the machine reaches the table and the pending bits. The way through configuration
     * space does not lead there: it is for the structures of virtio alone (virtio 1.4,
     * 4.1.4.9.2#2).
     *
     * @param function that has the capability
     * @param capability where it is
     * @return {@code false} when a BAR that it names is there and is not reached
     */
    public static boolean isReached(PciFunction function, Msix capability) {
        return function.bars().stream()
                .filter(bar ->
                        bar.index() == capability.tableBar()
                                || bar.index() == capability.pendingBar())
                .allMatch(bar -> bar.kind() == Kind.IO || function.reaches(bar));
    }

    /** {@return how many vectors there are, 1 to 2048} */
    public int vectors() {
        return vectors;
    }

    /** Lets the function send messages instead of using its pin, and holds all of them back. */
    public void enableMasked() {
        writeControl(control() | CONTROL_ENABLE | CONTROL_MASK_ALL);
    }

    /** {@return whether all vectors are held back at once} */
    public boolean isMasked() {
        return (control() & CONTROL_MASK_ALL) != 0;
    }

    /** Lets the vectors that are not masked one by one send their messages. */
    public void unmaskAll() {
        writeControl((control() | CONTROL_ENABLE) & ~CONTROL_MASK_ALL);
    }

    /**
     * Stops messages: the function uses its pin and its ISR status.
     *
     * @param function that has the capability
     * @param capability where it is
     */
    public static void disable(PciFunction function, Msix capability) {
        RegisterWindow config = function.configSpace();
        int register = capability.position() + CONTROL;
        int control = config.readShort(register) & 0xffff;
        if ((control & CONTROL_ENABLE) != 0) {
            config.writeShort(register, (short) (control & ~CONTROL_ENABLE));
        }
    }

    /**
     * Sets what a vector sends, and lets it.
     *
     * @param vector its number
     * @param message what it shall send
     * @throws DeviceFaultException when the table does not hold what was written
     */
    public void program(int vector, Message message) {
        long entry = (long) vector * ENTRY_SIZE;
        int low = (int) message.address();
        int high = (int) (message.address() >>> 32);
        // masked while it changes: the function may send at any time, and never a mix of two
        int control = table.readInt(entry + VECTOR_CONTROL);
        table.writeInt(entry + VECTOR_CONTROL, control | VECTOR_MASKED);
        table.writeInt(entry + ADDRESS_LOW, low);
        table.writeInt(entry + ADDRESS_HIGH, high);
        table.writeInt(entry + DATA, message.data());
        MsixEntry written = entry(vector);
        if (written.address() != message.address() || written.data() != message.data()) {
            throw new DeviceFaultException(
                    "the MSI-X table does not hold what was written to vector " + vector,
                    "4.1.1#1",
                    "0x%x, 0x%x (expected: 0x%x, 0x%x)"
                            .formatted(
                                    written.address(),
                                    written.data(),
                                    message.address(),
                                    message.data()));
        }
        table.writeInt(entry + VECTOR_CONTROL, control & ~VECTOR_MASKED);
    }

    /**
     * {@return what a vector sends, and whether it may}
     *
     * @param vector its number
     */
    public MsixEntry entry(int vector) {
        long entry = (long) vector * ENTRY_SIZE;
        long low = table.readInt(entry + ADDRESS_LOW) & 0xffff_ffffL;
        long high = table.readInt(entry + ADDRESS_HIGH) & 0xffff_ffffL;
        int data = table.readInt(entry + DATA);
        boolean masked = (table.readInt(entry + VECTOR_CONTROL) & VECTOR_MASKED) != 0;
        int bits = pending.readInt(vector / 32 * 4L);
        return new MsixEntry(
                vector, high << 32 | low, data, masked, (bits >>> vector % 32 & 1) != 0);
    }

    private int control() {
        return config.readShort(controlRegister) & 0xffff;
    }

    private void writeControl(int value) {
        config.writeShort(controlRegister, (short) value);
    }

    private static RegisterWindow window(
            PciFunction function, String name, int barIndex, long offset, long size) {
        for (PciBar bar : function.bars()) {
            if (bar.index() == barIndex && bar.kind() != Kind.IO && offset <= bar.size() - size) {
                return function.bar(barIndex).slice(offset, size);
            }
        }
        throw new DeviceFaultException(
                "the " + name + " is not within a memory BAR",
                "4.1.1#1",
                "0x%x bytes at offset 0x%x of BAR %d; the function has %s"
                        .formatted(size, offset, barIndex, function.bars()));
    }
}
