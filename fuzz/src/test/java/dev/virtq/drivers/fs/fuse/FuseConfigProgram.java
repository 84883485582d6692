package dev.virtq.drivers.fs.fuse;

import dev.virtq.device.ConfigProgram;
import dev.virtq.device.DeviceConfig;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.fuzz.Input;
import dev.virtq.fuzz.Landmarks;
import dev.virtq.fuzz.Must;

/**
 * The configuration space of a file system device, which changes while it is read. What must hold:
 * there is a tag of at most 36 bytes without a zero, one request queue or more, and nothing below
 * zero; anything else is a {@link DeviceFaultException} that names a clause.
 */
public final class FuseConfigProgram {
    private static final int WITHOUT_NOTIFICATIONS = 40;
    private static final int WITH_NOTIFICATIONS = 44;
    private static final int LONGEST_TAG = 36;

    private FuseConfigProgram() {}

    /** Reads one. */
    public static void run(byte[] bytes) {
        run(bytes, false);
    }

    /** The same, by a reader that takes a device without request queues. */
    public static void withoutQueueCheck(byte[] bytes) {
        run(bytes, true);
    }

    private static void run(byte[] bytes, boolean planted) {
        Input input = new Input(bytes);
        boolean notifies = input.flag();
        int length = input.below(48);
        DeviceConfig space = ConfigProgram.changing(input, length);
        int needed = notifies ? WITH_NOTIFICATIONS : WITHOUT_NOTIFICATIONS;
        try {
            FuseConfig config = FuseConfig.read(space, notifies);
            Must.hold(length == 0 || length >= needed, "read behind its end", length);
            Must.hold(config.requestQueues() >= 1, "no request queue", config);
            Must.hold(config.requestQueues() <= 0xffff_ffffL, "too many queues", config);
            Must.hold(config.notifyBufferSize() >= 0, "a buffer of less than nothing", config);
            Must.hold(config.tag().length() <= LONGEST_TAG, "a tag that is too long", config);
            Must.hold(config.tag().indexOf('\0') < 0, "a zero in a tag", config);
            Landmarks.reach(length == 0 ? "nothing is told" : notifies ? "notifies" : "told");
            if (config.tag().length() == LONGEST_TAG) {
                Landmarks.reach("tag without an end");
            }
        } catch (DeviceFaultException fault) {
            Must.hold(
                    !planted || !fault.clause().equals("5.11.4.2#1"), "no request queue", planted);
            Must.hold(
                    fault.clause().startsWith("5.11.4") || fault.clause().equals("2.5"),
                    "another clause",
                    fault);
            Must.hold(
                    length < needed || !fault.clause().equals("5.11.4"),
                    "a space of the right length was refused",
                    fault);
            Landmarks.reach("fault " + fault.clause());
        }
    }
}
