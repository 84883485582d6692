package dev.virtq.fuzz.ring;

import dev.virtq.fuzz.Input;
import dev.virtq.queue.ring.DeviceRing;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** A device that keeps the rules, and knows what the driver has to be told. */
final class HonestDevice {
    /** What the driver must get: a chain, and how many bytes were written into it. */
    record Used(int id, long length, boolean assumed) {}

    private final DeviceRing ring;
    private final boolean inOrder;
    private final List<Integer> taken = new ArrayList<>();
    private final List<Used> unpublished = new ArrayList<>();
    private final Deque<Used> visible = new ArrayDeque<>();

    HonestDevice(DeviceRing ring, boolean inOrder) {
        this.ring = ring;
        this.inOrder = inOrder;
    }

    /** Takes all that is available. */
    void take(DriverModel model) {
        while (ring.take()) {
            int id = ring.chain().id();
            if (taken.size() >= model.inFlight.size() || taken.contains(id)) {
                throw new AssertionError("the device got chain " + id + ", which was not sent");
            }
            DriverModel.Sent sent = model.chain(id);
            if (ring.chain().readableBytes() != sent.chain.readableBytes()
                    || ring.chain().writableBytes() != sent.chain.writableBytes()
                    || ring.chain().count() != sent.chain.count()) {
                throw new AssertionError("the device got another chain than was sent");
            }
            taken.add(id);
        }
    }

    /** Uses one of the chains that it has; under IN_ORDER all before it, too. */
    void use(Input input, DriverModel model) {
        if (taken.isEmpty()) {
            return;
        }
        int which = input.below(taken.size());
        int id = taken.get(which);
        long length = input.below((int) model.chain(id).chain.writableBytes() + 1);
        ring.use(id, length);
        if (inOrder) {
            for (int skipped : taken.subList(0, which)) {
                unpublished.add(
                        new Used(skipped, model.chain(skipped).chain.writableBytes(), true));
            }
            taken.subList(0, which + 1).clear();
        } else {
            taken.subList(which, which + 1).clear();
        }
        unpublished.add(new Used(id, length, false));
    }

    void publish() {
        ring.publish();
        visible.addAll(unpublished);
        unpublished.clear();
    }

    /** Takes, uses and publishes everything. */
    void serveAll(DriverModel model) {
        take(model);
        Input zeros = new Input(new byte[0]);
        while (!taken.isEmpty()) {
            use(zeros, model);
        }
        publish();
    }

    boolean hasVisible() {
        return !visible.isEmpty();
    }

    /** Fails unless the driver got what it had to get next. */
    void check(int id, long length, boolean assumed) {
        Used expected = visible.poll();
        Used got = new Used(id, length, assumed);
        if (!got.equals(expected)) {
            throw new AssertionError("the driver got %s (expected: %s)".formatted(got, expected));
        }
    }
}
