package dev.virtq.machine.qemu;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

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

    /**
     * {@return the first kind of machine that is as it was asked for}
     *
     * @param word what QEMU calls it; empty for any
     * @param transport how its devices shall be reached: {@code pci} or {@code mmio}; empty for any
     * @throws IllegalArgumentException when there is none
     */
    static MachineType of(Optional<String> word, Optional<String> transport) {
        for (MachineType type : values()) {
            if (word.filter(asked -> !asked.equals(type.word)).isEmpty()
                    && transport.filter(asked -> !asked.equals(type.bus.word())).isEmpty()) {
                return type;
            }
        }
        throw new IllegalArgumentException(
                "no machine of type '%s' with its devices on %s (expected: %s)"
                        .formatted(
                                word.orElse("any"),
                                transport.orElse("any bus"),
                                Arrays.stream(values())
                                        .map(type -> type.word + " with " + type.bus.word())
                                        .collect(Collectors.joining(", or "))));
    }
}
