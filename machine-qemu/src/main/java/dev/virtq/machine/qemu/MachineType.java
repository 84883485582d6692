package dev.virtq.machine.qemu;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What kind of machine QEMU makes. */
public enum MachineType {
    /** A PC with PCI Express; its devices are PCI functions. */
    Q35("q35", DeviceBus.PCI, "qemu-system-x86_64"),

    /** A small PC without PCI; its devices are at places of the memory map. */
    MICROVM("microvm", DeviceBus.MMIO, "qemu-system-x86_64"),

    /** A 64-bit ARM machine; its devices are at places of the memory map. */
    VIRT("virt", DeviceBus.MMIO, "qemu-system-aarch64");

    private final String word;
    private final DeviceBus bus;
    private final String binary;

    MachineType(String word, DeviceBus bus, String binary) {
        this.word = word;
        this.bus = bus;
        this.binary = binary;
    }

    /**
     * Places for devices, one behind the other.
     *
     * @param first where the first one is
     * @param count how many there are
     */
    record MmioPlaces(long first, int count) {
        static final int BYTES = 0x200;

        long address(int place) {
            return first + (long) place * BYTES;
        }
    }

    /** {@return what QEMU calls it} */
    public String word() {
        return word;
    }

    /** {@return how its devices are reached} */
    public DeviceBus bus() {
        return bus;
    }

    /** {@return the QEMU that makes it, by name} */
    public String binary() {
        return binary;
    }

    HaltFirmware firmware() {
        return this == VIRT ? HaltFirmware.AARCH64 : HaltFirmware.X86;
    }

    MmioPlaces places() {
        return switch (this) {
            case Q35 -> new MmioPlaces(0, 0);
            case MICROVM -> new MmioPlaces(0xfeb0_0000L, 24);
            case VIRT -> new MmioPlaces(0x0a00_0000L, 32);
        };
    }

    /** {@return what else QEMU has to be told} */
    List<String> arguments() {
        return this == VIRT ? List.of("-cpu", "cortex-a57") : List.of();
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
                                        .collect(Collectors.joining(", "))));
    }
}
