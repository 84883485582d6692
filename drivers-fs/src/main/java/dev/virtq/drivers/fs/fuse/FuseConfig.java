package dev.virtq.drivers.fs.fuse;

import dev.virtq.device.DeviceConfig;
import dev.virtq.device.DeviceFaultException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * The configuration of a file system device (virtio 1.4, section 5.11.4).
 *
 * @param tag the name of the share: UTF-8, 36 bytes at most; empty when nobody tells
 * @param requestQueues how many request queues there are, 1 or more; 1 when nobody tells
 * @param notifyBufferSize how large a buffer of the notification queue has to be, in bytes; 0
 *     without VIRTIO_FS_F_NOTIFICATION
 */
public record FuseConfig(String tag, long requestQueues, long notifyBufferSize) {
    private static final int TAG_SIZE = 36; // padded with zeros, and not ended by one
    private static final int REQUEST_QUEUES = 36; // le32
    private static final int NOTIFY_BUFFER_SIZE = 40; // le32, VIRTIO_FS_F_NOTIFICATION

    /** Reads it; nothing of it may be written (5.11.4.1#1). */
    static FuseConfig read(DeviceConfig config, boolean notifies) {
        if (config.length() == 0) { // as of a vhost-user back end, which leaves it to its VMM
            return new FuseConfig("", 1, 0);
        }
        int needed = notifies ? NOTIFY_BUFFER_SIZE + 4 : REQUEST_QUEUES + 4;
        if (config.length() < needed) {
            throw new DeviceFaultException(
                    "the configuration space of the file system device is too short",
                    "5.11.4",
                    "%d bytes (expected: %d or more)".formatted(config.length(), needed));
        }
        MemorySegment bytes = config.bytes(0, TAG_SIZE);
        int end = 0;
        while (end < TAG_SIZE && bytes.get(ValueLayout.JAVA_BYTE, end) != 0) {
            end++;
        }
        String tag =
                new String(
                        bytes.asSlice(0, end).toArray(ValueLayout.JAVA_BYTE),
                        StandardCharsets.UTF_8);
        long queues = config.u32(REQUEST_QUEUES);
        if (queues < 1) {
            throw new DeviceFaultException(
                    "the file system device has no request queue",
                    "5.11.4.2#1",
                    "num_request_queues reads " + queues);
        }
        return new FuseConfig(tag, queues, notifies ? config.u32(NOTIFY_BUFFER_SIZE) : 0);
    }
}
