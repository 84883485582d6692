package dev.virtq.packed;

import static dev.virtq.packed.PackedLayout.ROUND_FLAGS;

import dev.virtq.queue.QueueSnapshot.ChainView;
import dev.virtq.queue.QueueSnapshot.Element;
import dev.virtq.queue.QueueSnapshot.Owner;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.DriverRing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The chains of a ring as its driver knows them, with what the device has used besides. Their
 * elements are the driver's own record: in the ring, used descriptors may have taken their place.
 */
final class DriverView {
    private static final int NOWHERE = -1;

    private final SeenRing ring;
    private final PackedPicture.DriverSide driver;
    private final List<String> anomalies;
    private final Map<Integer, Owner> owners = new TreeMap<>();
    private final Map<Integer, Long> usedLengths = new TreeMap<>();
    private final RingPosition used;
    private final int[] order;
    private int oldest;

    DriverView(SeenRing ring, PackedPicture.DriverSide driver, List<String> anomalies) {
        this.ring = ring;
        this.driver = driver;
        this.anomalies = anomalies;
        used = RingPosition.decode(ring.size(), driver.used());
        order = driver.sent().order();
        for (int id = 0; id < ring.size(); id++) {
            if (driver.chains().chain(id) != null) {
                owners.put(id, owner(id));
            }
        }
        followTheDevice();
    }

    /** {@return where the device uses next} */
    RingPosition used() {
        return used;
    }

    List<ChainView> chains() {
        List<ChainView> views = new ArrayList<>();
        owners.forEach((id, owner) ->
                views.add(
                        new ChainView(
                                id,
                                owner,
                                driver.chains().isIndirect(id),
                                elements(id, owner),
                                Optional.ofNullable(usedLengths.get(id)))));
        return views;
    }

    /** {@return how many chains the device has and has not used} */
    int withTheDevice() {
        return (int) owners.values().stream().filter(it -> it == Owner.DEVICE).count();
    }

    private Owner owner(int id) {
        if (driver.sent().isInFlight(id)) {
            return Owner.DEVICE;
        }
        return driver.sent().isStaged(id) ? Owner.STAGED : Owner.PREPARED;
    }

    /** Looks at used descriptors as the driver will, when it polls. */
    private void followTheDevice() {
        if (driver.batchEnd() != DriverRing.NOTHING) {
            use(driver.batchEnd());
            usedLengths.put(driver.batchEnd(), driver.batchEndLength());
        }
        while ((ring.flags(used.slot()) & ROUND_FLAGS) == used.usedFlags()) {
            long rest = ring.rest(used.slot());
            int id = Rest.id(rest);
            if (owners.get(id) != Owner.DEVICE) {
                anomalies.add(
                        "descriptor %d is used for chain %d, which is not in flight (2.8.13)"
                                .formatted(used.slot(), id));
                return;
            }
            use(id);
            usedLengths.put(id, UsedLength.of(rest, driver.chains().writableBytes(id)));
        }
    }

    /** With VIRTIO_F_IN_ORDER, all that were sent before it are used, too (2.8.8). */
    private void use(int last) {
        int id;
        do {
            id = oldest < order.length ? order[oldest++] : last;
            markUsed(id);
        } while (id != last);
    }

    private void markUsed(int id) {
        owners.put(id, Owner.USED);
        used.advance(driver.sent().slots(id));
    }

    private List<Element> elements(int id, Owner owner) {
        Chain chain = driver.chains().chain(id);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; chain != null && i < chain.count(); i++) {
            elements.add(
                    new Element(
                            slot(id, i, owner),
                            chain.address(i),
                            Integer.toUnsignedLong(chain.length(i)),
                            i >= chain.readableCount()));
        }
        return elements;
    }

    private int slot(int id, int element, Owner owner) {
        if (driver.chains().isIndirect(id)) {
            return element;
        }
        return owner == Owner.DEVICE || owner == Owner.USED
                ? ring.slot(driver.sent().slot(id), element)
                : NOWHERE;
    }
}
