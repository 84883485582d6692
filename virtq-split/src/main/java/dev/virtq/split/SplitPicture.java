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
import org.jspecify.annotations.Nullable;

/**
 * Draws a {@link QueueSnapshot} of a split ring: from memory and addresses alone, or with what its
 * driver knows besides. The indices are read first, then the rest; a ring that moves meanwhile may
 * show a newer entry than its index says.
 */
final class SplitPicture {
    private final int queue;
    private final QueueSetup setup;
    private final int size;
    private final boolean inOrder;
    private final boolean eventIndex;
    private final SplitRings rings;
    private final ChainWalk walk;
    private final Map<Integer, Long> usedLengths = new HashMap<>();
    private final List<String> inferred = new ArrayList<>();
    private final List<String> anomalies = new ArrayList<>();

    SplitPicture(int queue, QueueSetup setup, FeatureSet accepted, DmaMemory memory) {
        this(
                queue,
                setup,
                accepted.contains(CommonFeature.IN_ORDER),
                accepted.contains(CommonFeature.EVENT_IDX),
                memory);
    }

    SplitPicture(
            int queue, QueueSetup setup, boolean inOrder, boolean eventIndex, DmaMemory memory) {
        this.queue = queue;
        this.setup = setup;
        this.inOrder = inOrder;
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
                driver == null
                        ? inferOwners(available, used)
                        : driver.owners(rings, used, usedLengths, anomalies);

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
                Optional.ofNullable(driver).map(known -> (int) known.staged() & 0xffff),
                Optional.ofNullable(driver).map(known -> (int) known.taken() & 0xffff),
                Optional.empty(),
                Optional.empty());
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
        OutstandingChains found =
                new OutstandingChains(rings, size, available, used, inferred, anomalies);
        for (int head : inOrder ? found.newest(outstanding) : found.guess(outstanding)) {
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
        boolean wanted = isWanted(event, flags, index + 1, 1);
        String how =
                eventIndex
                        ? "%s %d".formatted(eventName, event)
                        : "flags 0x%x%s".formatted(flags, wanted ? "" : " " + flagName);
        return new Suppression(wanted, how);
    }

    /** {@return whether one is to be sent for any of the entries before an index} */
    private boolean isWanted(int event, int flags, int index, int entries) {
        return eventIndex
                ? EventIndex.isDue(event, index, entries)
                : (flags & SplitLayout.NO_NOTIFICATION) == 0;
    }

    private NextKick nextKick(@Nullable DriverSide driver, int available, int used) {
        int staged = driver == null ? 0 : (int) (driver.staged() - driver.published());
        int waiting = (available - used) & 0xffff;
        // What was published may not have been told yet; with nothing there it is the next one.
        int entries = Math.max(waiting + staged, 1);
        return new NextKick(
                waiting,
                staged,
                isWanted(rings.availEvent(), rings.usedFlags(), used + entries, entries));
    }
}
