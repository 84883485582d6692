package dev.virtq.machine.sim.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.machine.sim.hostile.HostileRing;
import dev.virtq.machine.sim.hostile.Mischief;
import dev.virtq.testing.Clause;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Long random worlds: millions of transfers through an echo, both rings, every combination of their
 * features, any size, past the wrap of every index, with resets in between.
 *
 * <p>{@code -Dvirtq.seed=N -Dvirtq.transfers=N} take another seed, and go on for longer. Stepped
 * worlds are the same for the same seed and number of transfers; those with two threads do the same
 * things as far as the threads let them.
 */
@Timeout(value = 1, unit = TimeUnit.HOURS)
class RandomWorldsTest {
    private static final long SEED = Long.getLong("virtq.seed", 20260408);
    private static final long TRANSFERS = Long.getLong("virtq.transfers", 2_400_000);

    /** Where a device has to be woken up for each few transfers, they take longer. */
    private static final int SMALL = 64;

    @Test
    @Clause({"2.7.4.1#1", "2.7.8.2#1", "2.7.8.2#2", "6.2#5"})
    void everythingComesBackOnceWithItsData() throws Exception {
        long done = 0;
        long start = System.nanoTime();
        for (int number = 0; number < WorldPlan.COUNT; number++) {
            WorldPlan plan = WorldPlan.of(number, SEED);
            long share = TRANSFERS / WorldPlan.COUNT;
            boolean slow = !plan.stepped() && plan.size() < SMALL;
            try (RandomWorld world = new RandomWorld(plan, Mischief.NONE)) {
                done += world.run(slow ? share / 8 : share);
            } catch (Exception | AssertionError e) {
                throw new AssertionError("-Dvirtq.seed=%d, %s".formatted(SEED, plan), e);
            }
            if (Boolean.getBoolean("virtq.worlds")) {
                System.out.println(plan + ": " + (System.nanoTime() - start) / 1_000_000 + " ms");
            }
        }
        System.out.printf(
                "random worlds: seed %d, %d worlds, %,d transfers in %.1f s%n",
                SEED, WorldPlan.COUNT, done, (System.nanoTime() - start) / 1e9);
        assertThat(done).isGreaterThanOrEqualTo(TRANSFERS / 2);
    }

    /** The control: the account finds what it is there to find. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aDeviceThatTellsOfOneByteLessIsFound(int number) {
        Mischief stingy =
                new Mischief() {
                    @Override
                    public void use(HostileRing ring, int id, long length) {
                        ring.useHonestly(id, Math.max(0, length - 1));
                    }
                };
        try (RandomWorld world = new RandomWorld(WorldPlan.of(number, SEED), stingy)) {
            assertThatThrownBy(() -> world.run(1000))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("used length, and expected:");
        }
    }
}
