package dev.virtq.split;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.QueueSnapshot;
import dev.virtq.queue.QueueSnapshot.ChainView;
import dev.virtq.queue.QueueSnapshot.Indices;
import dev.virtq.queue.QueueSnapshot.NextKick;
import dev.virtq.queue.QueueSnapshot.Owner;
import dev.virtq.queue.QueueSnapshot.Suppression;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Draws a {@link QueueSnapshot} of a split ring: from memory and addresses alone, or with what its
 * driver knows besides. The indices are read first, then the rest; a ring that moves meanwhile may
 * show a newer entry than its index says.
 */
final class SplitPicture {
    /**
     * How far the driver is, as it counts.
     *
     * @param staged how many chains it has staged
     * @param published how many of them the device can see
     * @param taken how many used chains it has taken
     */
    record Counts(long staged, long published, long taken) {}

    /**
     * What only the driver knows.
     *
     * @param chains which chains have descriptors
     * @param stagedAt for each head the count at which it was staged; larger than any count when it
     *     is not in the ring
     * @param counts how far it is
     */
    record DriverSide(SplitChains chains, IntToLongFunction stagedAt, Counts counts) {}

    private final int queue;
    private final QueueSetup setup;
    private final int size;
    private final boolean eventIndex;
    private final SplitRings rings;
    private final ChainWalk walk;
    private final Map<Integer, Long> usedLengths = new HashMap<>();
    private final List<String> inferred = new ArrayList<>();
    private final List<String> anomalies = new ArrayList<>();

    SplitPicture(int queue, QueueSetup setup, FeatureSet accepted, DmaMemory memory) {
        this(queue, setup, accepted.contains(CommonFeature.EVENT_IDX), memory);
    }

    SplitPicture(int queue, QueueSetup setup, boolean eventIndex, DmaMemory memory) {
        this.queue = queue;
        this.setup = setup;
        this.eventIndex = eventIndex;
        size = setup.size();
        SplitAreas areas = SplitAreas.find(setup, memory);
        rings = new SplitRings(areas, size);
        walk = new ChainWalk(new DescriptorTable(areas.descriptors()), memory, inferred, anomalies);
    }

    QueueSnapshot fromMemoryAlone() {
        return draw(null);
    }

    QueueSnapshot withDriver(DriverSide driver) {
        return draw(driver);
    }

    private QueueSnapshot draw(@Nullable DriverSide driver) {
        int available = rings.availableIndex();
        int used = rings.usedIndex();
        Map<Integer, Owner> owners =
                driver == null ? inferOwners(available, used) : owners(driver, used);

        List<ChainView> chains = new ArrayList<>();
        owners.forEach((head, owner) ->
                chains.add(walk.chain(head, owner, Optional.ofNullable(usedLengths.get(head)))));
        return new QueueSnapshot(
                queue,
                "split",
                size,
                setup.descriptorArea(),
                setup.driverArea(),
                setup.deviceArea(),
                indices(driver, available, used),
                walk.slots(),
                chains,
                usedNotifications(used),
                availableNotifications(available),
                nextKick(driver, available, used),
                inferred,
                anomalies);
    }

    private static Indices indices(@Nullable DriverSide driver, int available, int used) {
        return new Indices(
                available,
                used,
                Optional.ofNullable(driver).map(known -> (int) known.counts.staged & 0xffff),
                Optional.ofNullable(driver).map(known -> (int) known.counts.taken & 0xffff),
                Optional.empty(),
                Optional.empty());
    }

    private Map<Integer, Owner> owners(DriverSide driver, int used) {
        Map<Integer, Owner> owners = new TreeMap<>();
        for (int head = 0; head < size; head++) {
            if (driver.chains.isReserved(head)) {
                long stagedAt = driver.stagedAt.applyAsLong(head);
                owners.put(
                        head,
                        stagedAt >= driver.counts.staged
                                ? Owner.PREPARED
                                : stagedAt >= driver.counts.published
                                        ? Owner.STAGED
                                        : Owner.DEVICE);
            }
        }
        int taken = (int) driver.counts.taken & 0xffff;
        int waiting = (used - taken) & 0xffff;
        if (waiting > size) {
            anomalies.add(
                    "the used index, %d, is %d ahead of the driver (2.7.8)"
                            .formatted(used, waiting));
            return owners;
        }
        for (int i = 0; i < waiting; i++) {
            int head = rings.usedId(taken + i);
            if (owners.get(head) == Owner.DEVICE) {
                owners.put(head, Owner.USED);
                usedLengths.put(head, rings.usedLength(taken + i));
            } else {
                anomalies.add(
                        "used entry %d names chain %s, which is not in flight (2.7.8)"
                                .formatted(
                                        (taken + i) & (size - 1), Integer.toUnsignedString(head)));
            }
        }
        return owners;
    }

    private Map<Integer, Owner> inferOwners(int available, int used) {
        Map<Integer, Owner> owners = new TreeMap<>();
        int outstanding = (available - used) & 0xffff;
        if (outstanding > size) {
            anomalies.add(
                    "%d chains are outstanding in a queue of %d: available %d, used %d (2.7.6)"
                            .formatted(outstanding, size, available, used));
            outstanding = 0;
        }
        inferred.add(
                "which chains the driver has prepared, or taken from the used ring, is its secret");
        OutstandingChains guess = new OutstandingChains(rings, size, available, used);
        for (int head : guess.heads(outstanding, inferred, anomalies)) {
            owners.put(head, Owner.DEVICE);
        }
        return owners;
    }

    private Suppression usedNotifications(int used) {
        return suppression(
                "used_event", rings.usedEvent(), rings.availableFlags(), "NO_INTERRUPT", used);
    }

    private Suppression availableNotifications(int available) {
        return suppression(
                "avail_event", rings.availEvent(), rings.usedFlags(), "NO_NOTIFY", available);
    }

    private Suppression suppression(
            String eventName, int event, int flags, String flagName, int index) {
        if (eventIndex) {
            return new Suppression(
                    EventIndex.isDue(event, index + 1, 1), "%s %d".formatted(eventName, event));
        }
        boolean off = (flags & SplitLayout.NO_NOTIFICATION) != 0;
        return new Suppression(!off, "flags 0x%x%s".formatted(flags, off ? " " + flagName : ""));
    }

    private NextKick nextKick(@Nullable DriverSide driver, int available, int used) {
        int staged = driver == null ? 0 : (int) (driver.counts.staged - driver.counts.published);
        return new NextKick(
                (available - used) & 0xffff, staged, availableNotifications(available).enabled());
    }
}
