package dev.virtq.transport.pci.layout;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceStatus;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.RegisterGroup;
import dev.virtq.device.RegisterReading;
import java.util.ArrayList;
import java.util.List;

/**
 * What the registers of a virtio device over PCI read as, and what that says, for people to look at
 * (virtio 1.4, section 4.1.4). Under the transport's lock, since the selectors move.
 */
public final class CommonRegisters {
    private static final String SECTION = "4.1.4.3";
    private static final int NO_VECTOR = 0xffff;

    private final CommonConfig common;
    private final FeatureSet accepted;

    /**
     * Looks at a common configuration.
     *
     * @param common the registers
     * @param accepted the features that the driver has accepted, some of which bring registers
     */
    public CommonRegisters(CommonConfig common, FeatureSet accepted) {
        this.common = common;
        this.accepted = accepted;
    }

    /** {@return the registers that are about the whole device} */
    public RegisterGroup device() {
        List<RegisterReading> registers = new ArrayList<>();
        registers.addAll(
                RegisterReading.ofFeatures(
                        "device_feature",
                        CommonConfig.DEVICE_FEATURE,
                        "offered",
                        common.readDeviceFeatures(),
                        SECTION));
        registers.addAll(
                RegisterReading.ofFeatures(
                        "driver_feature",
                        CommonConfig.DRIVER_FEATURE,
                        "accepted",
                        common.readDriverFeatures(),
                        SECTION));
        int vector = common.readConfigVector();
        registers.add(
                u16(
                        "config_msix_vector",
                        CommonConfig.CONFIG_MSIX_VECTOR,
                        vector,
                        vector("configuration changes", vector)));
        int queues = common.readQueueCount();
        registers.add(
                u16("num_queues", CommonConfig.NUM_QUEUES, queues, queues + " queues at most"));
        int status = common.readStatus();
        registers.add(
                new RegisterReading(
                        "device_status",
                        CommonConfig.DEVICE_STATUS,
                        1,
                        (long) status,
                        DeviceStatus.describe(status),
                        SECTION));
        int generation = common.readGeneration();
        registers.add(
                new RegisterReading(
                        "config_generation",
                        CommonConfig.CONFIG_GENERATION,
                        1,
                        (long) generation,
                        "of the device's configuration; moves when that changes",
                        SECTION));
        return new RegisterGroup("common configuration", registers);
    }

    /**
     * {@return the registers that are about one queue}
     *
     * @param queue its index
     */
    public RegisterGroup queue(int queue) {
        common.selectQueue(queue);
        List<RegisterReading> registers = new ArrayList<>();
        int size = common.readQueueSize();
        registers.add(
                u16(
                        "queue_size",
                        CommonConfig.QUEUE_SIZE,
                        size,
                        size == 0 ? "there is no such queue" : size + " entries"));
        int vector = common.readQueueVector();
        registers.add(
                u16(
                        "queue_msix_vector",
                        CommonConfig.QUEUE_MSIX_VECTOR,
                        vector,
                        vector("used buffers", vector)));
        int enabled = common.readQueueEnable();
        registers.add(
                u16(
                        "queue_enable",
                        CommonConfig.QUEUE_ENABLE,
                        enabled,
                        enabled == 1 ? "the device may use it" : "not enabled"));
        int notify = common.readQueueNotifyOff();
        registers.add(
                u16(
                        "queue_notify_off",
                        CommonConfig.QUEUE_NOTIFY_OFF,
                        notify,
                        "times the multiplier: where it is notified"));
        area(registers, "queue_desc", CommonConfig.QUEUE_DESC, "descriptor area");
        area(registers, "queue_driver", CommonConfig.QUEUE_DRIVER, "driver area");
        area(registers, "queue_device", CommonConfig.QUEUE_DEVICE, "device area");
        if (accepted.contains(CommonFeature.NOTIF_CONFIG_DATA)) {
            int data = common.readQueueNotifConfigData();
            registers.add(
                    u16(
                            "queue_notif_config_data",
                            CommonConfig.QUEUE_NOTIF_CONFIG_DATA,
                            data,
                            "what a notification carries"));
        }
        if (accepted.contains(CommonFeature.RING_RESET)) {
            int reset = common.readQueueReset();
            registers.add(
                    u16(
                            "queue_reset",
                            CommonConfig.QUEUE_RESET,
                            reset,
                            reset == 1 ? "a reset goes on" : "no reset goes on"));
        }
        return new RegisterGroup("queue " + queue, registers);
    }

    /** {@return the ISR status, which is not read} */
    public static RegisterGroup isr() {
        return new RegisterGroup(
                "ISR status",
                List.of(
                        new RegisterReading(
                                "ISR status",
                                0,
                                1,
                                null,
                                "left alone: reading it clears it",
                                "4.1.4.5")));
    }

    private void area(List<RegisterReading> registers, String name, int offset, String what) {
        registers.add(
                new RegisterReading(
                        name,
                        offset,
                        8,
                        common.readQueueArea(offset),
                        "device address of the " + what,
                        SECTION));
    }

    private static String vector(String what, int vector) {
        return vector == NO_VECTOR ? "no vector for " + what : what + " by vector " + vector;
    }

    private static RegisterReading u16(String name, int offset, int value, String meaning) {
        return new RegisterReading(name, offset, 2, (long) value, meaning, SECTION);
    }
}
