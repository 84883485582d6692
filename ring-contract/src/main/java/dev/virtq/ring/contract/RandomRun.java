package dev.virtq.ring.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.ring.contract.RingModelContract.IdsInTheRing;

/** Random steps of both sides, the books checked after each, until all has come home. */
final class RandomRun {
    private static final int STEPS = 40_000;

    private final BothEnds ring;
    private final RingModel model;
    private final ModelDriver driver;
    private final ModelDevice device;
    private final long memoryAtStart;

    RandomRun(long seed, BothEnds ring, IdsInTheRing ids) {
        this.ring = ring;
        model = new RingModel(seed);
        driver = new ModelDriver(model, ring);
        device = new ModelDevice(model, ring, ids);
        memoryAtStart = ring.memory.available();
    }

    void play() {
        for (int step = 0; step < STEPS; step++) {
            switch (model.random.nextInt(10)) {
                case 0 -> driver.reserve();
                case 1 -> driver.releaseOrLimit();
                case 2, 3 -> driver.stage();
                case 4 -> driver.unstage();
                case 5 -> driver.publish();
                case 6 -> device.take();
                case 7 -> device.use();
                case 8 -> device.publish();
                default -> driver.poll();
            }
            driver.checkBooks();
        }
        drain();
        assertThat(driver.roundTrips()).isGreaterThan(STEPS / 120);
        if (ring.accepted.contains(CommonFeature.IN_ORDER) && ring.driver.size() > 2) {
            assertThat(driver.assumed()).isGreaterThan(100);
        }
        driver.releaseAll();
        assertThat(ring.driver.room()).isEqualTo(ring.driver.size());
        assertThat(ring.memory.available()).isEqualTo(memoryAtStart);
    }

    private void drain() {
        driver.publish();
        while (!model.areAllPrepared()) {
            model.deviceWasTold = true;
            device.take();
            device.use();
            device.publish();
            model.driverWasTold = true;
            driver.poll();
        }
    }
}
