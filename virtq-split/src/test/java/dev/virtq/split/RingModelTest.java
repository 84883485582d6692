package dev.virtq.split;

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
 * order of its own, or in batches where VIRTIO_F_IN_ORDER was accepted; so every byte that goes
 * round is accounted for.
 */
@Clause({"2.7.4.1#1", "2.7.8.2#1", "2.7.8.2#2", "2.7.9", "6.2#5"})
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
        boolean usedLengthAssumed;

        Model(Chain chain, int slots) {
            this.chain = chain;
            this.slots = slots;
        }
    }

    private record Taken(int id, int head, MemorySegment bytes, List<MemorySegment> writable) {}

    @ParameterizedTest
    @CsvSource({
        "1, 1, false, NEVER, false, false",
        "2, 2, false, WHEN_IT_SAVES_SLOTS, true, false",
        "3, 8, true, WHEN_IT_SAVES_SLOTS, true, false",
        "4, 8, true, WHEN_SLOTS_ARE_SHORT, false, false",
        "5, 16, true, NEVER, true, false",
        "6, 64, true, WHEN_SLOTS_ARE_SHORT, true, false",
        "7, 64, false, NEVER, false, false",
        "8, 256, true, WHEN_IT_SAVES_SLOTS, true, false",
        "11, 1, false, NEVER, false, true",
        "12, 2, false, WHEN_IT_SAVES_SLOTS, true, true",
        "13, 8, true, WHEN_IT_SAVES_SLOTS, true, true",
        "14, 8, true, WHEN_SLOTS_ARE_SHORT, false, true",
        "15, 16, true, NEVER, true, true",
        "16, 64, true, WHEN_SLOTS_ARE_SHORT, true, true",
        "17, 64, false, NEVER, false, true",
        "18, 256, true, WHEN_IT_SAVES_SLOTS, true, true"
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
        new Run(seed, new RingPair(size, accepted, use, RingPair.memory(4 << 20))).play();
    }

    private static final class Run {
        private final Random random;
        private final RingPair ring;
        private final DmaMemory memory;
        private final int size;
        private final boolean inOrder;
        private final long memoryAtStart;
        private final Map<Integer, Model> models = new HashMap<>();
        private final List<Integer> published = new ArrayList<>();
        private final List<Taken> taken = new ArrayList<>();
        private final List<Integer> usedHidden = new ArrayList<>();
        private final List<Integer> used = new ArrayList<>();
        private long roundTrips;
        private long assumed;
        private int nextHead;
        private boolean deviceWasTold = true;
        private boolean driverWasTold = true;

        Run(long seed, RingPair ring) {
            random = new Random(seed);
            this.ring = ring;
            memory = ring.memory;
            size = ring.driver.size();
            inOrder = ring.accepted.contains(CommonFeature.IN_ORDER);
            memoryAtStart = memory.available();
        }

        void play() {
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
            if (inOrder && size > 2) {
                assertThat(assumed).isGreaterThan(100);
            }
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
                Model model = model(id);
                checkHead(chain.id(), id, model);
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
                taken.add(new Taken(id, chain.id(), MemorySegment.ofArray(seen), writable));
                model.place = Place.TAKEN;
            }
        }

        /** Ids are heads, but in order, where heads go around the table. */
        private void checkHead(int head, int id, Model model) {
            if (!inOrder) {
                assertThat(head).isEqualTo(id);
                return;
            }
            assertThat(head).isEqualTo(nextHead);
            nextHead = (nextHead + (model.slots == 1 ? 1 : model.chain.count())) % size;
        }

        private void deviceUses() {
            if (taken.isEmpty()) {
                return;
            }
            int chosen = random.nextInt(taken.size());
            if (inOrder) { // with all that were taken before it
                for (int i = 0; i < chosen; i++) {
                    write(taken.removeFirst(), true);
                }
                chosen = 0;
            }
            Taken chain = taken.remove(chosen);
            ring.device.use(chain.head, write(chain, false));
        }

        /** Writes the answer; and as much as there is room for where it will not say how much. */
        private int write(Taken chain, boolean skipped) {
            byte[] answer = answer(chain.bytes.toArray(ValueLayout.JAVA_BYTE), skipped);
            int written = 0;
            for (MemorySegment part : chain.writable) {
                int length = (int) Math.min(part.byteSize(), answer.length - written);
                MemorySegment.copy(answer, written, part, ValueLayout.JAVA_BYTE, 0, length);
                written += length;
            }
            Model model = model(chain.id);
            model.usedLength = written;
            model.usedLengthAssumed = skipped;
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
            assertThat(ring.driver.usedLengthIsAssumed()).isEqualTo(model.usedLengthAssumed);
            assumed += model.usedLengthAssumed ? 1 : 0;
            byte[] expected =
                    Arrays.copyOf(
                            answer(model.sent, model.usedLengthAssumed), (int) model.usedLength);
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

        private static byte[] answer(byte[] bytes, boolean padded) {
            byte[] answer = padded ? Arrays.copyOf(bytes, 1000) : bytes.clone();
            for (int i = 0; i < answer.length; i++) {
                answer[i] = (byte) ~answer[i];
            }
            return answer;
        }
    }
}
