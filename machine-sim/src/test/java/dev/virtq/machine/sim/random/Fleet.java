package dev.virtq.machine.sim.random;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.TransferReturnedException;
import dev.virtq.queue.Transfer;
import dev.virtq.queue.TransferState;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/** Who is idle, who is out, and how: an account of every sending. */
final class Fleet {
    private final boolean inOrder;
    private final Random random;
    private final List<Traveller> idle = new ArrayList<>();
    private final IdentityHashMap<TransferToken, Traveller> out = new IdentityHashMap<>();
    private final List<Traveller> withHandles = new ArrayList<>();
    private final List<Traveller> staged = new ArrayList<>();
    private long lastPolled;
    private long completed;
    private long detached;

    Fleet(boolean inOrder, Random random) {
        this.inOrder = inOrder;
        this.random = random;
    }

    int size() {
        return idle.size() + out.size();
    }

    int out() {
        return out.size();
    }

    /** {@return how many sendings have ended, or will without anybody's waiting} */
    long done() {
        return completed + detached;
    }

    List<Traveller> idle() {
        return idle;
    }

    List<Traveller> withHandles() {
        return withHandles;
    }

    List<Traveller> staged() {
        return staged;
    }

    Traveller any(List<Traveller> some) {
        return some.get(random.nextInt(some.size()));
    }

    /** Takes anyone out of a list whose order means nothing. */
    Traveller takeAny(List<Traveller> some) {
        int place = random.nextInt(some.size());
        Traveller taken = some.get(place);
        some.set(place, some.getLast());
        some.removeLast();
        return taken;
    }

    void goesOut(Traveller traveller) {
        out.put(traveller.token, traveller);
        staged.add(traveller);
        if (traveller.handle != null) {
            withHandles.add(traveller);
        }
    }

    void isPolled(TransferToken token) {
        Traveller traveller = Objects.requireNonNull(out.get(token), "a transfer that is not out");
        Expect.that(traveller.handle == null, "polled, and sent with a handle:", token);
        Expect.that(
                !inOrder || token.id() > lastPolled,
                "not in order: sending, after",
                token.id(),
                lastPolled);
        lastPolled = token.id();
        completes(traveller);
    }

    void completes(Traveller traveller) {
        traveller.check(inOrder);
        completed++;
        returns(traveller);
    }

    /** It is back, and nothing was received. */
    void comesBack(Traveller traveller) {
        assertThat(traveller.token.state()).isEqualTo(TransferState.PREPARED);
        returns(traveller);
    }

    /** Anyone who is out is left to itself. */
    void detachAny() {
        if (!out.isEmpty()) {
            Traveller traveller = out.values().iterator().next();
            forget(traveller);
            traveller.token.detach();
            detached++;
        }
    }

    /** After a confirmed reset everybody is back: used before it, or returned by it. */
    void allComeBack(Virtqueue queue) {
        staged.clear();
        for (TransferToken back : queue.takeReturned()) {
            comesBack(Objects.requireNonNull(out.get(back)));
        }
        for (Traveller traveller : List.copyOf(withHandles)) {
            Transfer handle = Objects.requireNonNull(traveller.handle);
            try {
                assertThat(handle.poll()).as("used before the reset").isTrue();
                completes(traveller);
            } catch (TransferReturnedException e) {
                comesBack(traveller);
            }
        }
        TransferToken token;
        while (!out.isEmpty() && (token = queue.poll()) != null) {
            isPolled(token);
        }
        assertThat(out).as("what a reset lost").isEmpty();
    }

    private void returns(Traveller traveller) {
        forget(traveller);
        idle.add(traveller);
    }

    private void forget(Traveller traveller) {
        Expect.that(out.remove(traveller.token) == traveller, "not out:", traveller.token);
        staged.remove(traveller);
        if (traveller.handle != null) {
            withHandles.remove(traveller);
            traveller.handleIsOver();
        }
    }
}
