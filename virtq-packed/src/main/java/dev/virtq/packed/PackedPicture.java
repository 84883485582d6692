package dev.virtq.packed;

import static dev.virtq.packed.PackedLayout.AVAIL;
import static dev.virtq.packed.PackedLayout.INDIRECT;
import static dev.virtq.packed.PackedLayout.NEXT;
import static dev.virtq.packed.PackedLayout.USED;
import static dev.virtq.packed.PackedLayout.WRITE;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.packed.SeenRing.Run;
import dev.virtq.queue.QueueSnapshot;
import dev.virtq.queue.QueueSnapshot.ChainView;
import dev.virtq.queue.QueueSnapshot.Indices;
import dev.virtq.queue.QueueSnapshot.NextKick;
import dev.virtq.queue.QueueSnapshot.Owner;
import dev.virtq.queue.QueueSnapshot.Slot;
import dev.virtq.queue.QueueSnapshot.Suppression;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Draws a {@link QueueSnapshot} of a packed ring: from memory and addresses alone, or with what its
 * driver knows besides.
 */
final class PackedPicture {
    /**
     * What only the driver knows.
     *
     * @param chains which chains there are
     * @param sent where they are
     * @param available where it makes the next descriptor available, as encoded
     * @param used where it expects the next used descriptor, as encoded
     * @param batchEnd the chain that ends a batch of which it has taken a part, or NOTHING
     * @param batchEndLength how many bytes were written into that one
     */
    record DriverSide(
            PackedChains chains,
            SentChains sent,
            int available,
            int used,
            int batchEnd,
            long batchEndLength) {}

    private static final String[] FLAG_NAMES = {"NEXT", "WRITE", "INDIRECT", "AVAIL", "USED"};
    private static final int[] FLAG_BITS = {NEXT, WRITE, INDIRECT, AVAIL, USED};

    private final int queue;
    private final QueueSetup setup;
    private final int size;
    private final boolean inOrder;
    private final EventSuppression events;
    private final DmaMemory memory;
    private final SeenRing ring;
    private final Owner[] owners;
    private final List<String> inferred = new ArrayList<>();
    private final List<String> anomalies = new ArrayList<>();

    PackedPicture(int queue, QueueSetup setup, FeatureSet accepted, DmaMemory memory) {
        this(
                queue,
                setup,
                accepted.contains(CommonFeature.EVENT_IDX),
                accepted.contains(CommonFeature.IN_ORDER),
                memory);
    }

    PackedPicture(
            int queue, QueueSetup setup, boolean eventIndex, boolean inOrder, DmaMemory memory) {
        this.queue = queue;
        this.setup = setup;
        this.inOrder = inOrder;
        this.memory = memory;
        size = setup.size();
        events = new EventSuppression(size, eventIndex);
        ring = new SeenRing(PackedAreas.find(setup, memory), size);
        owners = new Owner[size];
        Arrays.fill(owners, Owner.FREE);
    }

    QueueSnapshot fromMemoryAlone() {
        InferredPositions positions = InferredPositions.of(ring, inOrder, anomalies);
        inferred.add(
                "the wrap counters, and how far driver and device are, are concluded from the flags"
                        + " of the descriptors");
        inferred.add("which chains the driver has prepared, or taken from the ring, is its secret");
        own(positions.used(), positions.outstanding(), Owner.DEVICE);
        List<ChainView> chains = chainsBetween(positions.used(), positions.outstanding());
        return picture(
                new Indices(
                        positions.available(),
                        positions.used(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(positions.driverWrap()),
                        Optional.of(positions.deviceWrap())),
                chains,
                chains.size(),
                0,
                0);
    }

    QueueSnapshot withDriver(DriverSide driver) {
        DriverView view = new DriverView(ring, driver, anomalies);
        RingPosition available = RingPosition.decode(size, driver.available());
        RingPosition taken = RingPosition.decode(size, driver.used());
        RingPosition used = view.used();
        int stagedSlots = 0;
        for (int i = 0; i < driver.sent().stagedCount(); i++) {
            stagedSlots += driver.chains().slots(driver.sent().staged(i));
        }
        RingPosition staged = RingPosition.decode(size, driver.available());
        staged.advance(stagedSlots);
        own(taken.slot(), distance(taken, used), Owner.USED);
        own(used.slot(), distance(used, available), Owner.DEVICE);
        return picture(
                new Indices(
                        available.slot(),
                        used.slot(),
                        Optional.of(staged.slot()),
                        Optional.of(taken.slot()),
                        Optional.of(available.wrap()),
                        Optional.of(used.wrap())),
                view.chains(),
                view.withTheDevice(),
                driver.sent().stagedCount(),
                stagedSlots);
    }

    private QueueSnapshot picture(
            Indices indices, List<ChainView> chains, int waiting, int staged, int stagedSlots) {
        RingPosition available = position(indices.available(), indices.driverWrap());
        RingPosition used = position(indices.used(), indices.deviceWrap());
        int deviceEvent = ring.deviceEvent();
        // What was published may not have been told yet; with nothing there it is the next one.
        int untold = Math.max(distance(used, available) + stagedSlots, 1);
        return new QueueSnapshot(
                queue,
                "packed",
                size,
                setup.descriptorArea(),
                setup.driverArea(),
                setup.deviceArea(),
                indices,
                slots(),
                chains,
                suppression(ring.driverEvent(), used),
                suppression(deviceEvent, available),
                new NextKick(waiting, staged, isWanted(deviceEvent, used, untold)),
                inferred,
                anomalies);
    }

    /** Of a chain that stands there twice, only the newer can be with the device. */
    private List<ChainView> chainsBetween(int from, int count) {
        List<Run> shown = new ArrayList<>();
        Set<Integer> ids = new HashSet<>();
        for (Run run : ring.runs(from, count).reversed()) {
            if (ids.add(run.id())) {
                shown.add(run);
            }
        }
        if (count > 0) {
            inferred.add(
                    "the device is taken to use chains in order: what it used earlier may have"
                            + " overwritten older ones that it still has");
        }
        ListView view = new ListView(ring, memory, inferred, anomalies);
        List<ChainView> chains = new ArrayList<>();
        shown.reversed().forEach(run -> chains.add(view.show(run)));
        return chains;
    }

    /** {@return whether one is to be sent for any of some slots} */
    private boolean isWanted(int word, RingPosition from, int slots) {
        RingPosition end = RingPosition.decode(size, from.encoded());
        end.advance(slots);
        return events.isDue(word, end, slots);
    }

    private Suppression suppression(int word, RingPosition next) {
        String how =
                switch (EventSuppression.flags(word)) {
                    case PackedLayout.EVENTS_ENABLE -> "flags 0x0 ENABLE";
                    case PackedLayout.EVENTS_DISABLE -> "flags 0x1 DISABLE";
                    case PackedLayout.EVENTS_DESC ->
                            "flags 0x2 DESC, slot %d, wrap counter %d"
                                    .formatted(
                                            EventSuppression.slot(word),
                                            EventSuppression.wrap(word));
                    default -> "flags 0x3, which is reserved";
                };
        return new Suppression(isWanted(word, next, 1), how);
    }

    private List<Slot> slots() {
        List<Slot> slots = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            long rest = ring.rest(i);
            int flags = Rest.flags(rest);
            slots.add(
                    new Slot(
                            i,
                            ring.address(i),
                            Rest.length(rest),
                            flags,
                            names(flags),
                            Rest.id(rest),
                            owners[i]));
        }
        return slots;
    }

    private void own(int from, int count, Owner owner) {
        for (int i = 0; i < count; i++) {
            owners[ring.slot(from, i)] = owner;
        }
    }

    private int distance(RingPosition from, RingPosition to) {
        return to.slot() - from.slot() + (from.wrap() == to.wrap() ? 0 : size);
    }

    private RingPosition position(int slot, Optional<Boolean> wrap) {
        return RingPosition.decode(size, slot | (wrap.orElseThrow() ? 1 << 15 : 0));
    }

    private static String names(int flags) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < FLAG_BITS.length; i++) {
            if ((flags & FLAG_BITS[i]) != 0) {
                names.add(FLAG_NAMES[i]);
            }
        }
        return String.join(" ", names);
    }
}
