package dev.virtq.packed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.queue.QueueFullException;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.DeviceChain;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.testing.Clause;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Driver end against device end, in random steps, with a model beside them that knows what has to
 * come out. The device inverts what it reads and writes as much of it as there is room for, in an
 * order of its own; so every byte that goes round is accounted for.
 */
@Clause({
    "2.7.4.1#1",
    "2.8.4",
    "2.8.8",
    "2.8.12#1",
    "2.8.12#2",
    "2.8.16#1",
    "2.8.16#2",
    "2.8.17#5",
    "2.8.18#1"
})
class RingModelTest {
    private static final int STEPS = 40_000;

    private enum Place {
        PREPARED,
        STAGED,
        PUBLISHED,
        TAKEN,
        USED
    }

    private static final class Model {
        final Chain chain;
        final List<DmaBuffer> readable = new ArrayList<>();
        final List<DmaBuffer> writable = new ArrayList<>();
        final int slots;
        Place place = Place.PREPARED;
        byte[] sent = {};
        long usedLength;
        boolean assumed;

        Model(Chain chain, int slots) {
            this.chain = chain;
            this.slots = slots;
        }
    }

    private record Taken(int id, MemorySegment bytes, List<MemorySegment> writable) {}

    @ParameterizedTest
    @CsvSource({
        "1, 1, false, NEVER, false, false",
        "2, 2, false, WHEN_IT_SAVES_SLOTS, true, false",
        "3, 3, true, WHEN_IT_SAVES_SLOTS, true, true",
        "4, 5, true, WHEN_SLOTS_ARE_SHORT, false, false",
        "5, 7, true, NEVER, true, true",
        "6, 8, true, WHEN_SLOTS_ARE_SHORT, true, true",
        "7, 13, false, NEVER, false, true",
        "8, 64, false, NEVER, true, false",
        "9, 100, true, WHEN_SLOTS_ARE_SHORT, true, true",
        "10, 255, true, WHEN_IT_SAVES_SLOTS, true, false"
    })
    void everyByteThatGoesRoundIsAccountedFor(
            long seed,
            int size,
            boolean indirect,
            IndirectUse use,
            boolean eventIndex,
            boolean inOrder) {
        FeatureSet accepted = FeatureSet.EMPTY;
        if (indirect) {
            accepted = accepted.with(CommonFeature.INDIRECT_DESC);
        }
        if (eventIndex) {
            accepted = accepted.with(CommonFeature.EVENT_IDX);
        }
        if (inOrder) {
            accepted = accepted.with(CommonFeature.IN_ORDER);
        }
        new Run(seed, new RingPair(size, accepted, use, RingPair.memory(4 << 20)), inOrder).play();
    }

    private static final class Run {
        private final long seed;
        private final boolean inOrder;
        private final Random random;
        private final RingPair ring;
        private final DmaMemory memory;
        private final int size;
        private final long memoryAtStart;
        private final Map<Integer, Model> models = new HashMap<>();
        private final List<Integer> published = new ArrayList<>();
        private final List<Taken> taken = new ArrayList<>();
        private final List<Integer> usedHidden = new ArrayList<>();
        private final List<Integer> used = new ArrayList<>();
        private long roundTrips;
        private boolean deviceWasTold = true;
        private boolean driverWasTold = true;

        Run(long seed, RingPair ring, boolean inOrder) {
            this.seed = seed;
            this.inOrder = inOrder;
            random = new Random(seed);
            this.ring = ring;
            memory = ring.memory;
            size = ring.driver.size();
            memoryAtStart = memory.available();
        }

        void play() {
            System.out.printf("random model of the packed ring, size %d, seed %d%n", size, seed);
            for (int step = 0; step < STEPS; step++) {
                switch (random.nextInt(10)) {
                    case 0 -> reserve();
                    case 1 -> releaseOrLimit();
                    case 2, 3 -> stage();
                    case 4 -> unstage();
                    case 5 -> publish();
                    case 6 -> deviceTakes();
                    case 7 -> deviceUses();
                    case 8 -> devicePublishes();
                    default -> driverPolls();
                }
                checkBooks();
            }
            drain();
            assertThat(roundTrips).isGreaterThan(STEPS / 120);
            for (int id : List.copyOf(models.keySet())) {
                release(id);
            }
            assertThat(ring.driver.room()).isEqualTo(size);
            assertThat(memory.available()).isEqualTo(memoryAtStart);
        }

        private void reserve() {
            int readable = random.nextInt(4);
            int writable = random.nextInt(readable == 0 ? 1 : 0, 4);
            List<DmaBuffer> buffers = new ArrayList<>();
            List<List<Extent>> extents = new ArrayList<>();
            for (int i = 0; i < readable + writable; i++) {
                DmaBuffer buffer = memory.allocate(random.nextInt(1, 100), 1);
                buffers.add(buffer);
                extents.add(buffer.extents());
            }
            Chain chain = new Chain(extents, readable);
            int room = ring.driver.room();
            int id;
            try {
                id = ring.driver.reserve(chain);
            } catch (QueueFullException e) {
                assertThat(room).isLessThan(chain.count());
                assertThat(ring.driver.room()).isEqualTo(room);
                buffers.forEach(DmaBuffer::close);
                return;
            } catch (IllegalArgumentException e) {
                assertThat(chain.count()).isGreaterThan(size);
                buffers.forEach(DmaBuffer::close);
                return;
            }
            assertThat(models).doesNotContainKey(id);
            Model model = new Model(chain, room - ring.driver.room());
            model.readable.addAll(buffers.subList(0, readable));
            model.writable.addAll(buffers.subList(readable, buffers.size()));
            models.put(id, model);
        }

        private void releaseOrLimit() {
            int id = any(Place.PREPARED);
            if (id < 0) {
                return;
            }
            if (random.nextBoolean()) {
                release(id);
                return;
            }
            Model model = model(id);
            int buffer = random.nextInt(model.readable.size() + model.writable.size());
            DmaBuffer limited =
                    buffer < model.readable.size()
                            ? model.readable.get(buffer)
                            : model.writable.get(buffer - model.readable.size());
            try {
                if (model.chain.limit(buffer, random.nextLong(limited.size() + 1))) {
                    ring.driver.rewrite(id);
                }
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageContaining("would leave nothing to transfer");
            }
        }

        private void release(int id) {
            Model model = model(id);
            models.remove(id);
            int room = ring.driver.room();
            ring.driver.release(id);
            assertThat(ring.driver.room()).isEqualTo(room + model.slots);
            model.readable.forEach(DmaBuffer::close);
            model.writable.forEach(DmaBuffer::close);
        }

        private void stage() {
            int id = any(Place.PREPARED);
            if (id < 0) {
                return;
            }
            Model model = model(id);
            model.sent = new byte[(int) model.chain.readableBytes()];
            random.nextBytes(model.sent);
            int at = 0;
            for (int i = 0; i < model.readable.size(); i++) {
                int length = (int) model.chain.limit(i);
                model.readable
                        .get(i)
                        .copyFrom(0, MemorySegment.ofArray(model.sent).asSlice(at, length));
                at += length;
            }
            ring.driver.stage(id);
            model.place = Place.STAGED;
            published.add(id);
        }

        private void unstage() {
            int id = any(Place.STAGED);
            if (id >= 0) {
                ring.driver.unstage(id);
                model(id).place = Place.PREPARED;
                published.remove(Integer.valueOf(id));
            }
            int other = any(Place.PUBLISHED);
            if (other >= 0) {
                assertThatThrownBy(() -> ring.driver.unstage(other))
                        .isInstanceOf(IllegalStateException.class);
            }
        }

        private void publish() {
            long staged = models.values().stream().filter(it -> it.place == Place.STAGED).count();
            assertThat(ring.driver.publish()).isEqualTo((int) staged);
            models.values().stream()
                    .filter(it -> it.place == Place.STAGED)
                    .forEach(it -> it.place = Place.PUBLISHED);
            if (ring.driver.deviceWantsNotification()) {
                deviceWasTold = true;
            }
        }

        /** A device that sleeps unless it was told: it may not miss anything. */
        private void deviceTakes() {
            if (!deviceWasTold) {
                assertThat(models.values().stream().noneMatch(it -> it.place == Place.PUBLISHED))
                        .as("a device that was not told misses nothing")
                        .isTrue();
                return;
            }
            for (int i = random.nextInt(4); i >= 0; i--) {
                if (!ring.device.take()) {
                    deviceWasTold = ring.device.enableNotifications();
                    return;
                }
                DeviceChain chain = ring.device.chain();
                int id = published.removeFirst();
                assertThat(chain.id()).isEqualTo(id);
                Model model = model(id);
                assertThat(model.place).isEqualTo(Place.PUBLISHED);
                assertThat(chain.count()).isEqualTo(model.chain.count());
                assertThat(chain.writableBytes()).isEqualTo(model.chain.writableBytes());
                byte[] seen = new byte[(int) chain.readableBytes()];
                chain.read(0, MemorySegment.ofArray(seen));
                assertThat(seen).isEqualTo(model.sent);
                List<MemorySegment> writable = new ArrayList<>();
                for (int e = chain.readableCount(); e < chain.count(); e++) {
                    writable.add(chain.segment(e));
                }
                taken.add(new Taken(id, MemorySegment.ofArray(seen), writable));
                model.place = Place.TAKEN;
            }
        }

        private void deviceUses() {
            if (taken.isEmpty()) {
                return;
            }
            int which = random.nextInt(taken.size());
            if (!inOrder) {
                Taken chain = taken.remove(which);
                ring.device.use(chain.id, answer(chain, false));
                return;
            }
            for (int i = 0; i < which; i++) {
                answer(taken.removeFirst(), true); // and does not tell
            }
            Taken last = taken.removeFirst();
            ring.device.use(last.id, answer(last, false));
        }

        private int answer(Taken chain, boolean assumed) {
            byte[] answer = inverted(chain.bytes.toArray(ValueLayout.JAVA_BYTE));
            Model model = model(chain.id);
            int room = (int) model.chain.writableBytes();
            answer = Arrays.copyOf(answer, assumed ? room : Math.min(answer.length, room));
            int written = 0;
            for (MemorySegment part : chain.writable) {
                int length = (int) Math.min(part.byteSize(), answer.length - written);
                MemorySegment.copy(answer, written, part, ValueLayout.JAVA_BYTE, 0, length);
                written += length;
            }
            model.usedLength = written;
            model.assumed = assumed;
            usedHidden.add(chain.id);
            return written;
        }

        private void devicePublishes() {
            usedHidden.forEach(id -> model(id).place = Place.USED);
            used.addAll(usedHidden);
            usedHidden.clear();
            ring.device.publish();
            if (ring.device.driverWantsNotification()) {
                driverWasTold = true;
            }
        }

        private void driverPolls() {
            if (!driverWasTold) {
                assertThat(used).as("a driver that was not told misses nothing").isEmpty();
                return;
            }
            int id = ring.driver.poll();
            if (id == DriverRing.NOTHING) {
                assertThat(used).isEmpty();
                driverWasTold = ring.driver.enableNotifications();
                return;
            }
            assertThat(id).isEqualTo(used.removeFirst());
            Model model = model(id);
            assertThat(ring.driver.usedLength()).isEqualTo(model.usedLength);
            assertThat(ring.driver.usedLengthIsAssumed()).isEqualTo(model.assumed);
            byte[] expected = Arrays.copyOf(inverted(model.sent), (int) model.usedLength);
            byte[] answer = new byte[(int) model.usedLength];
            int at = 0;
            for (int i = 0; i < model.writable.size(); i++) {
                int length =
                        (int)
                                Math.min(
                                        model.chain.limit(model.readable.size() + i),
                                        answer.length - at);
                model.writable.get(i).copyTo(0, MemorySegment.ofArray(answer).asSlice(at, length));
                at += length;
            }
            assertThat(answer).isEqualTo(expected);
            model.place = Place.PREPARED;
            roundTrips++;
        }

        private void drain() {
            publish();
            deviceWasTold = true;
            driverWasTold = true;
            while (models.values().stream().anyMatch(it -> it.place != Place.PREPARED)) {
                deviceWasTold = true;
                deviceTakes();
                deviceUses();
                devicePublishes();
                driverWasTold = true;
                driverPolls();
            }
        }

        private void checkBooks() {
            int slots = 0;
            int inFlight = 0;
            for (Model model : models.values()) {
                slots += model.slots;
                if (model.place.compareTo(Place.PUBLISHED) >= 0) {
                    inFlight++;
                }
            }
            if (ring.driver.room() != size - slots || ring.driver.inFlight() != inFlight) {
                assertThat(ring.driver.room()).isEqualTo(size - slots);
                assertThat(ring.driver.inFlight()).isEqualTo(inFlight);
            }
        }

        private Model model(int id) {
            return Objects.requireNonNull(models.get(id));
        }

        private int any(Place place) {
            List<Integer> ids = new ArrayList<>();
            models.forEach((id, model) -> {
                if (model.place == place) {
                    ids.add(id);
                }
            });
            return ids.isEmpty() ? -1 : ids.get(random.nextInt(ids.size()));
        }

        private static byte[] inverted(byte[] bytes) {
            byte[] inverted = new byte[bytes.length];
            for (int i = 0; i < bytes.length; i++) {
                inverted[i] = (byte) ~bytes[i];
            }
            return inverted;
        }
    }
}
