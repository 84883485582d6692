package dev.virtq.machine.qemu;

import dev.virtq.device.DeviceType;
import java.util.HashSet;
import java.util.Set;

/** Names of virtio devices: counted by their type, as in {@code net0}. */
final class DeviceNames {
    private final Set<String> taken = new HashSet<>();

    /** {@return the first name of its type that no device has} */
    String next(DeviceType type) {
        int number = 0;
        while (!taken.add(type + "" + number)) {
            number++;
        }
        return type + "" + number;
    }

    /** Another device may have the name from now on. */
    void giveBack(String name) {
        taken.remove(name);
    }
}
