package dev.virtq.transport.mmio.layout;

import dev.virtq.device.DeviceStatus;
import dev.virtq.device.DeviceType;
import dev.virtq.device.RegisterGroup;
import dev.virtq.device.RegisterReading;
import java.util.ArrayList;
import java.util.List;

/**
 * What the registers that can be read read as, and what that says, for people to look at (virtio
 * 1.4, section 4.2.2). Under the transport's lock, since the selectors move.
 */
public final class RegisterPicture {
    private static final String SECTION = "4.2.2";
    private static final int USED_BUFFER = 1;
    private static final int CONFIGURATION = 2;

    private final MmioRegisters registers;

    /**
     * Looks at a device.
     *
     * @param registers its registers
     */
    public RegisterPicture(MmioRegisters registers) {
        this.registers = registers;
    }

    /** {@return the registers that are about the whole device} */
    public RegisterGroup device() {
        List<RegisterReading> readings = new ArrayList<>();
        readings.add(
                reading(
                        "MagicValue",
                        MmioRegisters.MAGIC_VALUE,
                        registers.readMagic(),
                        "\"virt\""));
        readings.add(
                reading(
                        "Version",
                        MmioRegisters.VERSION,
                        registers.readVersion(),
                        "2 is the standard's"));
        int id = registers.readDeviceId();
        readings.add(
                reading("DeviceID", MmioRegisters.DEVICE_ID, id, DeviceType.of(id) + " device"));
        readings.addAll(
                RegisterReading.ofFeatures(
                        "DeviceFeatures",
                        MmioRegisters.DEVICE_FEATURES,
                        "offered",
                        registers.readDeviceFeatures(),
                        SECTION));
        int events = registers.readInterruptStatus();
        readings.add(
                reading("InterruptStatus", MmioRegisters.INTERRUPT_STATUS, events, events(events)));
        int status = registers.readStatus();
        readings.add(
                reading(
                        "Status",
                        MmioRegisters.STATUS,
                        status,
                        DeviceStatus.describe(status & 0xff)));
        readings.add(
                reading(
                        "ConfigGeneration",
                        MmioRegisters.CONFIG_GENERATION,
                        registers.readGeneration(),
                        "of the device's configuration; moves when that changes"));
        return new RegisterGroup("control registers", readings);
    }

    /**
     * {@return the registers that are about one queue}
     *
     * @param queue its index
     * @param resettable whether RING_RESET was accepted, which brings a register
     */
    public RegisterGroup queue(int queue, boolean resettable) {
        registers.selectQueue(queue);
        List<RegisterReading> readings = new ArrayList<>();
        int size = registers.readQueueSizeMax();
        readings.add(
                reading(
                        "QueueSizeMax",
                        MmioRegisters.QUEUE_SIZE_MAX,
                        size,
                        Integer.toUnsignedString(size) + " entries at most"));
        int ready = registers.readQueueReady();
        readings.add(
                reading(
                        "QueueReady",
                        MmioRegisters.QUEUE_READY,
                        ready,
                        ready == 0 ? "not ready" : "the device may use it"));
        if (resettable) {
            int reset = registers.readQueueReset();
            readings.add(
                    reading(
                            "QueueReset",
                            MmioRegisters.QUEUE_RESET,
                            reset,
                            reset == 0 ? "no reset goes on" : "a reset goes on"));
        }
        return new RegisterGroup("queue " + queue, readings);
    }

    private static String events(int bits) {
        List<String> known = new ArrayList<>();
        if ((bits & USED_BUFFER) != 0) {
            known.add("a used buffer");
        }
        if ((bits & CONFIGURATION) != 0) {
            known.add("a change of the configuration");
        }
        return known.isEmpty() ? "nothing to tell" : String.join(", ", known);
    }

    private static RegisterReading reading(String name, int offset, int value, String meaning) {
        return new RegisterReading(name, offset, 4, value & 0xffff_ffffL, meaning, SECTION);
    }
}
