package dev.virtq.machine.qemu;

import dev.virtq.device.DeviceType;
import java.util.HashMap;
import java.util.Map;

/** Names of virtio devices: counted by their type, as in {@code net0}. */
final class DeviceNames {
    private final Map<DeviceType, Integer> count = new HashMap<>();

    String next(DeviceType type) {
        return type + "" + (count.merge(type, 1, Integer::sum) - 1);
    }
}
