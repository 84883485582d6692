package dev.virtq.cli.session;

import dev.virtq.cli.value.CommandException;
import dev.virtq.device.DeviceType;
import java.util.ArrayList;
import java.util.List;

/** The names that the standard gives to the queues of a device type (virtio 1.4, section 5). */
public final class QueueNames {
    private final List<String> names = new ArrayList<>();

    /**
     * Names the queues of a device.
     *
     * @param type what kind of device it is
     * @param count how many queues it has
     */
    public QueueNames(DeviceType type, int count) {
        for (int queue = 0; queue < count; queue++) {
            names.add(name(type, queue, count));
        }
    }

    /** {@return the names, by index; empty where the standard gives none} */
    public List<String> all() {
        return List.copyOf(names);
    }

    /**
     * {@return the name of a queue; empty where the standard gives none}
     *
     * @param queue its index
     */
    public String of(int queue) {
        return queue < names.size() ? names.get(queue) : "";
    }

    /**
     * {@return the index of a queue}
     *
     * @param text its number or its name, as typed
     * @throws CommandException when there is no such queue
     */
    public int parse(String text) {
        int named = text.isEmpty() ? -1 : names.indexOf(text);
        if (named >= 0) {
            return named;
        }
        if (text.matches("[0-9]{1,5}") && Integer.parseInt(text) < names.size()) {
            return Integer.parseInt(text);
        }
        List<String> named2 = names.stream().filter(name -> !name.isEmpty()).toList();
        throw new CommandException(
                "there is no queue %s (expected: 0..%d%s)"
                        .formatted(
                                text.matches("[0-9]+") ? text : "'" + text + "'",
                                names.size() - 1,
                                named2.isEmpty() ? "" : ", or " + String.join(", ", named2)));
    }

    private static String name(DeviceType type, int queue, int count) {
        if (type.equals(DeviceType.NETWORK)) {
            // With a control queue the number of queues is odd, and it is the last one (5.1.2).
            if (count % 2 == 1 && queue == count - 1) {
                return "controlq";
            }
            return (queue % 2 == 0 ? "receiveq" : "transmitq") + (queue / 2 + 1);
        }
        if (type.equals(DeviceType.FILE_SYSTEM)) {
            return queue == 0 ? "hiprio" : "request" + queue;
        }
        if (type.equals(DeviceType.BLOCK) || type.equals(DeviceType.ENTROPY)) {
            return "requestq" + (queue + 1);
        }
        return "";
    }
}
