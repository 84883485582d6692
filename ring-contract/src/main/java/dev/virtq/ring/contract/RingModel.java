package dev.virtq.ring.contract;

import dev.virtq.ring.contract.ModelChain.Place;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/** What both sides of a {@link RandomRun} know of each other beside the ring. */
final class RingModel {
    final Random random;
    final Map<Integer, ModelChain> chains = new HashMap<>();

    /** What was staged and not taken, in order. */
    final List<Integer> sent = new ArrayList<>();

    /** What the device has published and the driver not polled, in order. */
    final List<Integer> used = new ArrayList<>();

    boolean deviceWasTold = true;
    boolean driverWasTold = true;

    RingModel(long seed) {
        random = new Random(seed);
    }

    ModelChain chain(int id) {
        return Objects.requireNonNull(chains.get(id));
    }

    /** {@return any chain that is there; -1 when there is none} */
    int any(Place place) {
        List<Integer> ids = new ArrayList<>();
        chains.forEach((id, chain) -> {
            if (chain.place == place) {
                ids.add(id);
            }
        });
        return ids.isEmpty() ? -1 : ids.get(random.nextInt(ids.size()));
    }

    boolean areAllPrepared() {
        return chains.values().stream().allMatch(it -> it.place == Place.PREPARED);
    }
}
