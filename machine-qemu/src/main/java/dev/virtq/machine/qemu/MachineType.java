package dev.virtq.machine.qemu;

/** What kind of machine QEMU makes. */
public enum MachineType {
    /** A PC with PCI Express; its devices are PCI functions. */
    Q35("q35", DeviceBus.PCI),

    /** A small PC without PCI; its devices are at places of the memory map. */
    MICROVM("microvm", DeviceBus.MMIO);

    private final String word;
    private final DeviceBus bus;

    MachineType(String word, DeviceBus bus) {
        this.word = word;
        this.bus = bus;
    }

    /** {@return what QEMU calls it} */
    public String word() {
        return word;
    }

    /** {@return how its devices are reached} */
    public DeviceBus bus() {
        return bus;
    }
}
