package dev.virtq.transport.pci.signal;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.Interrupt;
import dev.virtq.device.InterruptRoute;
import dev.virtq.transport.EventSource;
import dev.virtq.transport.pci.MessageInterrupt;
import dev.virtq.transport.pci.PciCapability.MsixEntry;
import dev.virtq.transport.pci.PciFunction;
import dev.virtq.transport.pci.layout.CommonConfig;
import dev.virtq.transport.pci.layout.MsixTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Notifications by MSI-X messages (virtio 1.4, section 4.1.5.1.2): vector 0 for the configuration
 * and one for each queue, as far as the table, the machine and the device go along; events share a
 * vector where they do not.
 */
final class MessageNotifications implements Notifications {
    /** VIRTIO_MSI_NO_VECTOR: what the device answers when it refuses a mapping. */
    private static final int NO_VECTOR = 0xffff;

    private static final int CONFIG_VECTOR = 0;

    private final PciFunction function;
    private final MsixTable table;
    private final CommonConfig common;
    private final boolean programsTable;

    private final SortedMap<Integer, Vector> vectors = new TreeMap<>();
    private boolean unmasked;
    private boolean configConnected;
    private volatile Interrupt config;
    private final Interrupt configInterrupt = new ConfigInterrupt();

    MessageNotifications(
            PciFunction function, MsixTable table, CommonConfig common, MessageInterrupt first) {
        this.function = function;
        this.table = table;
        this.common = common;
        Vector vector = new Vector(CONFIG_VECTOR, first);
        vectors.put(CONFIG_VECTOR, vector);
        config = vector.subscribe(EventSource.CONFIG);
        programsTable = first.message().isPresent();
        if (programsTable) {
            // Masked until the first entry is programmed: whoever used the function before may have
            // left entries that send messages into memory that is ours now.
            table.enableMasked();
        }
    }

    @Override
    public Interrupt connectQueue(int queue) {
        Vector vector =
                map(
                        "queue " + queue,
                        preferredVector(queue),
                        common::writeQueueVector,
                        common::readQueueVector);
        return vector.subscribe(EventSource.QUEUE);
    }

    @Override
    public void connectConfig() {
        if (configConnected) {
            return;
        }
        Vector vector =
                map(
                        "configuration changes",
                        CONFIG_VECTOR,
                        common::writeConfigVector,
                        common::readConfigVector);
        configConnected = true;
        config = vector.subscribe(EventSource.CONFIG);
    }

    @Override
    public Interrupt config() {
        return configInterrupt;
    }

    @Override
    public List<InterruptRoute> routes() {
        List<InterruptRoute> routes = new ArrayList<>();
        boolean allMasked = table.isMasked();
        for (Vector vector : vectors.values()) {
            MsixEntry entry = table.entry(vector.number());
            routes.add(
                    new InterruptRoute(
                            "vector " + vector.number(),
                            vector.served(),
                            vector.message().count(),
                            allMasked || entry.masked(),
                            entry.pending(),
                            "stores 0x%x at 0x%x".formatted(entry.data(), entry.address())));
        }
        return List.copyOf(routes);
    }

    @Override
    public void afterReset() {
        configConnected = false;
        unmasked = false;
        vectors.values().forEach(Vector::deviceReset);
    }

    @Override
    public void release() {
        vectors.values().forEach(vector -> vector.message().close());
        vectors.clear();
    }

    /** Never outside the table (4.1.5.1.2.2#4), whose size may be as little as 1 (#1). */
    private int preferredVector(int queue) {
        int forQueues = table.vectors() - 1;
        return forQueues == 0 ? CONFIG_VECTOR : CONFIG_VECTOR + 1 + queue % forQueues;
    }

    /**
     * Maps an event to a vector: the preferred one, or else any that is in use for something else.
     * The device has the last word, so the field is read back (4.1.5.1.2.2#5).
     */
    private Vector map(String event, int preferred, IntConsumer write, IntSupplier read) {
        List<Integer> refused = new ArrayList<>();
        for (Vector vector : candidates(preferred)) {
            program(vector);
            write.accept(vector.number());
            int answer = read.getAsInt();
            if (answer == vector.number()) {
                vector.serves(event);
                return vector;
            }
            if (answer != NO_VECTOR) {
                throw new DeviceFaultException(
                        "the device mapped %s to another vector than was asked".formatted(event),
                        "4.1.5.1.2.1#6",
                        "vector field reads %d (expected: %d, or 65535)"
                                .formatted(answer, vector.number()));
            }
            refused.add(vector.number());
        }
        throw new DeviceFaultException(
                "the device refuses every MSI-X vector for " + event,
                "4.1.5.1.2.1#8",
                "vectors %s of %d were answered with NO_VECTOR"
                        .formatted(refused, table.vectors()));
    }

    private List<Vector> candidates(int preferred) {
        List<Vector> candidates = new ArrayList<>();
        Vector first = vector(preferred);
        if (first != null) {
            candidates.add(first);
        }
        for (Vector other : vectors.values()) {
            if (other != first) {
                candidates.add(other);
            }
        }
        return candidates;
    }

    private @Nullable Vector vector(int number) {
        Vector known = vectors.get(number);
        if (known != null) {
            return known;
        }
        Optional<MessageInterrupt> message = function.allocateMessage(number);
        if (message.isEmpty()) {
            return null;
        }
        Vector vector = new Vector(number, message.get());
        vectors.put(number, vector);
        return vector;
    }

    private void program(Vector vector) {
        if (vector.takeProgramming()) {
            vector.message()
                    .message()
                    .ifPresent(message -> table.program(vector.number(), message));
        }
        if (programsTable && !unmasked) {
            table.unmaskAll();
            unmasked = true;
        }
    }

    /** Goes by whatever vector the configuration is mapped to: a reset may change that. */
    private final class ConfigInterrupt implements Interrupt {
        @Override
        public boolean poll() {
            return config.poll();
        }

        @Override
        public boolean await(long nanos) throws InterruptedException {
            return config.await(nanos);
        }
    }
}
