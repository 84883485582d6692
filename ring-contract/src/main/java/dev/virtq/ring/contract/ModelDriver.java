package dev.virtq.ring.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.queue.QueueFullException;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.ring.contract.ModelChain.Place;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The steps of a driver that may do anything that it is allowed to. */
final class ModelDriver {
    private final RingModel model;
    private final DriverRing ring;
    private final DmaMemory memory;
    private final int size;
    private long roundTrips;
    private long assumed;

    ModelDriver(RingModel model, BothEnds ends) {
        this.model = model;
        ring = ends.driver;
        memory = ends.memory;
        size = ring.size();
    }

    long roundTrips() {
        return roundTrips;
    }

    /** {@return how many came back without a word about how much the device wrote} */
    long assumed() {
        return assumed;
    }

    void reserve() {
        int readable = model.random.nextInt(4);
        int writable = model.random.nextInt(readable == 0 ? 1 : 0, 4);
        List<DmaBuffer> buffers = new ArrayList<>();
        List<List<Extent>> extents = new ArrayList<>();
        for (int i = 0; i < readable + writable; i++) {
            DmaBuffer buffer = memory.allocate(model.random.nextInt(1, 100), 1);
            buffers.add(buffer);
            extents.add(buffer.extents());
        }
        Chain chain = new Chain(extents, readable);
        int room = ring.room();
        int id;
        try {
            id = ring.reserve(chain);
        } catch (QueueFullException e) {
            assertThat(room).isLessThan(chain.count());
            assertThat(ring.room()).isEqualTo(room);
            buffers.forEach(DmaBuffer::close);
            return;
        } catch (IllegalArgumentException e) {
            assertThat(chain.count()).isGreaterThan(size);
            buffers.forEach(DmaBuffer::close);
            return;
        }
        assertThat(model.chains).doesNotContainKey(id);
        model.chains.put(
                id,
                new ModelChain(
                        chain,
                        buffers.subList(0, readable),
                        buffers.subList(readable, buffers.size()),
                        room - ring.room()));
    }

    void releaseOrLimit() {
        int id = model.any(Place.PREPARED);
        if (id < 0) {
            return;
        }
        if (model.random.nextBoolean()) {
            release(id);
            return;
        }
        ModelChain chain = model.chain(id);
        int buffer = model.random.nextInt(chain.readable.size() + chain.writable.size());
        try {
            long limit = model.random.nextLong(chain.buffer(buffer).size() + 1);
            if (chain.chain.limit(buffer, limit)) {
                ring.rewrite(id);
            }
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageContaining("would leave nothing to transfer");
        }
    }

    void releaseAll() {
        for (int id : List.copyOf(model.chains.keySet())) {
            release(id);
        }
    }

    private void release(int id) {
        ModelChain chain = model.chain(id);
        model.chains.remove(id);
        int room = ring.room();
        ring.release(id);
        assertThat(ring.room()).isEqualTo(room + chain.slots);
        chain.close();
    }

    void stage() {
        int id = model.any(Place.PREPARED);
        if (id < 0) {
            return;
        }
        ModelChain chain = model.chain(id);
        chain.sent = new byte[(int) chain.chain.readableBytes()];
        model.random.nextBytes(chain.sent);
        int at = 0;
        for (int i = 0; i < chain.readable.size(); i++) {
            int length = (int) chain.chain.limit(i);
            MemorySegment part = MemorySegment.ofArray(chain.sent).asSlice(at, length);
            chain.readable.get(i).copyFrom(0, part);
            at += length;
        }
        ring.stage(id);
        chain.place = Place.STAGED;
        model.sent.add(id);
    }

    void unstage() {
        int id = model.any(Place.STAGED);
        if (id >= 0) {
            ring.unstage(id);
            model.chain(id).place = Place.PREPARED;
            model.sent.remove(Integer.valueOf(id));
        }
        int other = model.any(Place.PUBLISHED);
        if (other >= 0) {
            assertThatThrownBy(() -> ring.unstage(other)).isInstanceOf(IllegalStateException.class);
        }
    }

    void publish() {
        List<ModelChain> staged =
                model.chains.values().stream().filter(it -> it.place == Place.STAGED).toList();
        assertThat(ring.publish()).isEqualTo(staged.size());
        staged.forEach(it -> it.place = Place.PUBLISHED);
        if (ring.deviceWantsNotification()) {
            model.deviceWasTold = true;
        }
    }

    /** A driver that sleeps unless it was told: it may not miss anything. */
    void poll() {
        if (!model.driverWasTold) {
            assertThat(model.used).as("a driver that was not told misses nothing").isEmpty();
            return;
        }
        assertThat(ring.isAnyUsed()).isEqualTo(!model.used.isEmpty());
        int id = ring.poll();
        if (id == DriverRing.NOTHING) {
            assertThat(model.used).isEmpty();
            model.driverWasTold = ring.enableNotifications();
            return;
        }
        assertThat(id).isEqualTo(model.used.removeFirst());
        ModelChain chain = model.chain(id);
        assertThat(ring.usedLength()).isEqualTo(chain.usedLength);
        assertThat(ring.usedLengthIsAssumed()).isEqualTo(chain.assumed);
        assertThat(answer(chain))
                .isEqualTo(Arrays.copyOf(ModelChain.inverted(chain.sent), (int) chain.usedLength));
        chain.place = Place.PREPARED;
        roundTrips++;
        assumed += chain.assumed ? 1 : 0;
    }

    private static byte[] answer(ModelChain chain) {
        byte[] answer = new byte[(int) chain.usedLength];
        int at = 0;
        for (int i = 0; i < chain.writable.size(); i++) {
            long limit = chain.chain.limit(chain.readable.size() + i);
            int length = (int) Math.min(limit, answer.length - at);
            chain.writable.get(i).copyTo(0, MemorySegment.ofArray(answer).asSlice(at, length));
            at += length;
        }
        return answer;
    }

    void checkBooks() {
        int slots = 0;
        int inFlight = 0;
        for (ModelChain chain : model.chains.values()) {
            slots += chain.slots;
            inFlight += chain.place.compareTo(Place.PUBLISHED) >= 0 ? 1 : 0;
        }
        if (ring.room() != size - slots || ring.inFlight() != inFlight) {
            assertThat(ring.room()).isEqualTo(size - slots);
            assertThat(ring.inFlight()).isEqualTo(inFlight);
        }
    }
}
