package dev.virtq.packed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.queue.QueueFullException;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.testing.Clause;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Which descriptors the driver end writes, and when. After each of its calls the bytes of the ring
 * are compared with those before it: only a publication changes any, all of a list at once, and
 * none but those that the device has given back.
 */
class LiveQueueTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 8, 16})
    @Clause({"2.8.16#1", "2.8.16#2", "2.8.17#4", "2.8.17#5", "3.3.1#1"})
    void onlyDescriptorsThatTheDeviceHasGivenBackAreWrittenAndAListAllAtOnce(int size) {
        for (boolean tables : new boolean[] {false, true}) {
            FeatureSet features =
                    tables ? FeatureSet.of(CommonFeature.INDIRECT_DESC) : FeatureSet.EMPTY;
            RingPair ring =
                    new RingPair(
                            size, features, IndirectUse.WHEN_SLOTS_ARE_SHORT, RingPair.memory());
            Driver driver = new Driver(ring, new Random(size));
            for (int step = 0; step < 20_000; step++) {
                driver.step();
            }
            assertThat(driver.roundTrips).isGreaterThan(300);
            assertThat(driver.refused).as("the queue was full at times").isGreaterThan(100);
        }
    }

    /** The driver end, with a count of the slots beside it. */
    private static final class Driver {
        private final RingPair ring;
        private final Random random;
        private final int size;
        private final Map<Integer, Integer> slots = new HashMap<>();
        private final List<Integer> idle = new ArrayList<>();
        private final Deque<Integer> staged = new ArrayDeque<>();
        private final List<Integer> taken = new ArrayList<>();

        /** Slots that were made available, and that came back, since the beginning. */
        private long available;

        private long returned;
        private int roundTrips;
        private int refused;

        Driver(RingPair ring, Random random) {
            this.ring = ring;
            this.random = random;
            size = ring.driver.size();
        }

        void step() {
            switch (random.nextInt(8)) {
                case 0, 1 -> changesNothing(this::reserve);
                case 2 -> changesNothing(this::release);
                case 3, 4 -> changesNothing(this::stage);
                case 5 -> changesNothing(this::unstage);
                case 6 -> publish();
                default -> {
                    deviceWorks();
                    changesNothing(this::poll);
                }
            }
        }

        private void reserve() {
            int[] sizes = new int[1 + random.nextInt(Math.min(size, 4))];
            Arrays.fill(sizes, 8);
            int room = ring.driver.room();
            if (room == 0) {
                refused++;
                assertThatThrownBy(() -> ring.driver.reserve(ring.chain(sizes)))
                        .isInstanceOf(QueueFullException.class);
                return;
            }
            try {
                int id = ring.driver.reserve(ring.chain(sizes));
                slots.put(id, room - ring.driver.room());
                idle.add(id);
            } catch (QueueFullException e) {
                refused++;
                assertThat(sizes.length).isGreaterThan(room);
            }
        }

        private void release() {
            if (!idle.isEmpty()) {
                ring.driver.release(any(idle));
            }
        }

        private void stage() {
            if (!idle.isEmpty()) {
                int id = any(idle);
                ring.driver.rewrite(id);
                ring.driver.stage(id);
                staged.add(id);
            }
        }

        private void unstage() {
            if (!staged.isEmpty()) {
                int id = staged.removeLast();
                ring.driver.unstage(id);
                idle.add(id);
            }
        }

        /** The device does nothing meanwhile, and yet all of the lists are there afterwards. */
        private void publish() {
            byte[] before = bytes();
            ring.driver.publish();
            byte[] after = bytes();
            long fresh = available;
            while (!staged.isEmpty()) {
                fresh += slotsOf(staged.remove());
            }
            assertThat(fresh - returned).as("slots that are not free").isLessThanOrEqualTo(size);
            for (long position = available; position < fresh; position++) {
                int flags = ring.raw.flags((int) (position % size));
                boolean odd = position / size % 2 != 0;
                assertThat(flags & (RawRing.AVAIL | RawRing.USED))
                        .isEqualTo(odd ? RawRing.USED : RawRing.AVAIL);
            }
            for (long position = fresh; position < available + size; position++) {
                int at = (int) (position % size) * 16;
                assertThat(Arrays.copyOfRange(after, at, at + 16))
                        .as("slot %d", position % size)
                        .isEqualTo(Arrays.copyOfRange(before, at, at + 16));
            }
            available = fresh;
        }

        private void deviceWorks() {
            while (random.nextBoolean() && ring.device.take()) {
                taken.add(ring.device.chain().id());
            }
            while (!taken.isEmpty() && random.nextBoolean()) {
                ring.device.use(any(taken), 0);
            }
            ring.device.publish();
        }

        private void poll() {
            int id = ring.driver.poll();
            if (id != DriverRing.NOTHING) {
                returned += slotsOf(id);
                idle.add(id);
                roundTrips++;
            }
        }

        private void changesNothing(Runnable action) {
            byte[] before = bytes();
            action.run();
            assertThat(bytes()).isEqualTo(before);
        }

        private byte[] bytes() {
            return ring.raw.descriptors.toArray(ValueLayout.JAVA_BYTE);
        }

        private int slotsOf(int id) {
            return Objects.requireNonNull(slots.get(id));
        }

        private int any(List<Integer> ids) {
            int place = random.nextInt(ids.size());
            int last = ids.removeLast();
            return place == ids.size() ? last : ids.set(place, last);
        }
    }
}
