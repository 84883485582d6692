package dev.virtq.ring.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.queue.ring.DeviceChain;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.ring.contract.ModelChain.Place;
import dev.virtq.ring.contract.RingModelContract.IdsInTheRing;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The steps of an honest device that takes its time. */
final class ModelDevice {
    private record Taken(
            int id, int inTheRing, MemorySegment bytes, List<MemorySegment> writable) {}

    private final RingModel model;
    private final DeviceRing ring;
    private final IdsInTheRing ids;
    private final boolean inOrder;
    private final List<Taken> taken = new ArrayList<>();
    private final List<Integer> unpublished = new ArrayList<>();

    ModelDevice(RingModel model, BothEnds ends, IdsInTheRing ids) {
        this.model = model;
        this.ids = ids;
        ring = ends.device;
        inOrder = ends.accepted.contains(CommonFeature.IN_ORDER);
    }

    /** A device that sleeps unless it was told: it may not miss anything. */
    void take() {
        if (!model.deviceWasTold) {
            assertThat(model.chains.values())
                    .as("a device that was not told misses nothing")
                    .noneMatch(it -> it.place == Place.PUBLISHED);
            return;
        }
        for (int i = model.random.nextInt(4); i >= 0; i--) {
            if (!ring.take()) {
                model.deviceWasTold = ring.enableNotifications();
                return;
            }
            checkTaken(ring.chain(), model.sent.removeFirst());
        }
    }

    private void checkTaken(DeviceChain seen, int id) {
        ModelChain chain = model.chain(id);
        assertThat(chain.place).isEqualTo(Place.PUBLISHED);
        assertThat(seen.id()).isEqualTo(ids.next(id, chain.slots, chain.chain.count()));
        assertThat(seen.count()).isEqualTo(chain.chain.count());
        assertThat(seen.writableBytes()).isEqualTo(chain.chain.writableBytes());
        byte[] bytes = new byte[(int) seen.readableBytes()];
        seen.read(0, MemorySegment.ofArray(bytes));
        assertThat(bytes).isEqualTo(chain.sent);
        List<MemorySegment> writable = new ArrayList<>();
        for (int e = seen.readableCount(); e < seen.count(); e++) {
            writable.add(seen.segment(e));
        }
        taken.add(new Taken(id, seen.id(), MemorySegment.ofArray(bytes), writable));
        chain.place = Place.TAKEN;
    }

    void use() {
        if (taken.isEmpty()) {
            return;
        }
        int chosen = model.random.nextInt(taken.size());
        if (inOrder) { // with all that were taken before it
            for (; chosen > 0; chosen--) {
                write(taken.removeFirst(), true);
            }
        }
        Taken chain = taken.remove(chosen);
        ring.use(chain.inTheRing, write(chain, false));
    }

    /** Writes the answer; and as much as there is room for where it will not say how much. */
    private int write(Taken chain, boolean untold) {
        ModelChain expected = model.chain(chain.id);
        int room = (int) expected.chain.writableBytes();
        byte[] answer = ModelChain.inverted(chain.bytes.toArray(ValueLayout.JAVA_BYTE));
        answer = Arrays.copyOf(answer, untold ? room : Math.min(answer.length, room));
        int written = 0;
        for (MemorySegment part : chain.writable) {
            int length = (int) Math.min(part.byteSize(), answer.length - written);
            MemorySegment.copy(answer, written, part, ValueLayout.JAVA_BYTE, 0, length);
            written += length;
        }
        expected.usedLength = written;
        expected.assumed = untold;
        unpublished.add(chain.id);
        return written;
    }

    void publish() {
        unpublished.forEach(id -> model.chain(id).place = Place.USED);
        model.used.addAll(unpublished);
        unpublished.clear();
        ring.publish();
        if (ring.driverWantsNotification()) {
            model.driverWasTold = true;
        }
    }
}
