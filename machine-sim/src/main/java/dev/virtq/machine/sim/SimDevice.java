package dev.virtq.machine.sim;

import dev.virtq.device.DeviceType;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A test device that a {@link SimMachine} has beside its network device: what it does with what a
 * driver sends.
 *
 * <pre>{@code
 * SimMachine machine = SimMachine.builder().device(SimDevice.echo().withQueues(2)).start();
 * Transport transport = machine.transport(SimDevice.ECHO);
 * }</pre>
 *
 * <p>No standard type fits them. PCI virtio numbers a device 0x1040 plus its id, and of those
 * 0x10f0 to 0x10ff are kept for experiments; so their ids begin at 0xb0, where no device type will
 * ever be. Their configuration space has 8 bytes: their name in ASCII, filled up with zeros.
 *
 * @param kind what it does
 * @param queues how many queues it has, all alike
 * @param batch how many chains it uses before it tells the driver, when as many are there. Where
 *     VIRTIO_F_IN_ORDER was accepted, one used entry then tells of the whole batch, as far as what
 *     it skips was written completely (virtio 1.4, 2.7.9 and 2.8.8)
 */
public record SimDevice(Kind kind, int queues, int batch) {
    /** Writes back what it reads. */
    public static final DeviceType ECHO = new DeviceType(0xb0, "echo");

    /** Reads, and counts what it reads. */
    public static final DeviceType SINK = new DeviceType(0xb1, "sink");

    /** Writes {@link SourcePattern}s. */
    public static final DeviceType SOURCE = new DeviceType(0xb2, "source");

    /** What a test device does. */
    public enum Kind {
        /**
         * Writes the bytes that it reads into the chain's device-writable part, as far as they go.
         */
        ECHO,
        /** Reads and counts, and uses with length 0. */
        SINK,
        /** Fills the device-writable part with a numbered {@link SourcePattern}. */
        SOURCE;

        /** {@return the device type that a driver finds} */
        public DeviceType type() {
            return switch (this) {
                case ECHO -> SimDevice.ECHO;
                case SINK -> SimDevice.SINK;
                case SOURCE -> SimDevice.SOURCE;
            };
        }
    }

    /** Refuses a device without a queue, or one that never tells the driver anything. */
    public SimDevice {
        if (queues < 1 || queues > 64) {
            throw new IllegalArgumentException(queues + " queues (expected: 1..64)");
        }
        if (batch < 1) {
            throw new IllegalArgumentException("a batch of " + batch + " (expected: 1 or more)");
        }
    }

    /** {@return a device that writes back what it reads, with one queue} */
    public static SimDevice echo() {
        return new SimDevice(Kind.ECHO, 1, 1);
    }

    /** {@return a device that reads and counts, with one queue} */
    public static SimDevice sink() {
        return new SimDevice(Kind.SINK, 1, 1);
    }

    /** {@return a device that writes numbered patterns, with one queue} */
    public static SimDevice source() {
        return new SimDevice(Kind.SOURCE, 1, 1);
    }

    /** {@return a file system device over an empty tree in memory, of 1 GiB at most} */
    public static SimFileSystem fileSystem() {
        return fileSystem(SimFileSystem.CAPACITY);
    }

    /**
     * {@return a file system device over an empty tree in memory, whose root belongs to user 0 and
     * is open to all}
     *
     * @param capacity how many bytes its files may take together
     */
    public static SimFileSystem fileSystem(long capacity) {
        return SimFileSystem.inMemory(capacity);
    }

    /**
     * {@return a file system device over a directory of the host}
     *
     * <p>Nothing leads out of the directory: names are single names, and symbolic links are the
     * driver's to follow. New files get the owner that the driver names, where this process may
     * give files away.
     *
     * @param directory which one
     * @throws IOException when it is none, or cannot be reached
     */
    public static SimFileSystem fileSystem(Path directory) throws IOException {
        return SimFileSystem.over(directory);
    }

    /**
     * {@return this device with another number of queues}
     *
     * @param count how many
     */
    public SimDevice withQueues(int count) {
        return new SimDevice(kind, count, batch);
    }

    /**
     * {@return this device, with another number of chains that it uses at a time}
     *
     * @param chains how many at most
     */
    public SimDevice inBatchesOf(int chains) {
        return new SimDevice(kind, queues, chains);
    }
}
