package dev.virtq.machine.sim.random;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.VirtioDevice;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimMachine;
import dev.virtq.machine.sim.SimMachineBuilder;
import dev.virtq.machine.sim.hostile.Mischief;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.QueueFullException;
import dev.virtq.queue.QueueOptions;
import dev.virtq.queue.Transfer;
import dev.virtq.queue.TransferState;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/**
 * A driver that does what it likes with its queue, in random order, and an honest echo. It keeps
 * account of every sending: each is completed, detached, taken back, or returned by a reset, once.
 */
final class RandomWorld implements AutoCloseable {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final int MOST_TRAVELLERS = 1500;

    /** One step in so many resets the queue, or the device. */
    private static final int RARELY = 4000;

    private final WorldPlan plan;
    private final Random random;
    private final SimMachine machine;
    private final long before;
    private final VirtioDevice device;
    private final Virtqueue queue;
    private final Fleet fleet;
    private final int most;
    private boolean full;
    private long lastId;
    private int resets;

    RandomWorld(WorldPlan plan, Mischief mischief) {
        this.plan = plan;
        random = new Random(plan.seed());
        fleet = new Fleet(plan.isInOrder(), random);
        SimMachineBuilder builder =
                SimMachine.builder()
                        .memory(32 << 20)
                        .device(SimDevice.echo().inBatchesOf(plan.batch()))
                        .queueSize(plan.size())
                        .withholding(plan.withheld())
                        .mischief(mischief);
        machine = (plan.stepped() ? builder.stepped() : builder).start();
        before = machine.memory().available();
        device = VirtioDevice.open(machine.transport(SimDevice.ECHO));
        queue = start();
        int some = Math.min(plan.size(), MOST_TRAVELLERS);
        most = some - random.nextInt(1 + some / 2);
    }

    private Virtqueue start() {
        device.negotiate(List.of());
        assertThat(device.has(CommonFeature.RING_PACKED)).isEqualTo(plan.isPacked());
        Virtqueue made =
                device.queue(
                        0,
                        QueueOptions.DEFAULT
                                .withSize(plan.size())
                                .withIndirect(plan.indirect())
                                .withSpin(Duration.ofNanos(random.nextInt(50_000))));
        device.start();
        assertThat(made.size()).isEqualTo(plan.size());
        return made;
    }

    /** Goes on until so many sendings are done. {@return how many it were} */
    long run(long transfers) throws InterruptedException {
        while (fleet.done() < transfers) {
            step();
        }
        finish();
        return fleet.done();
    }

    /** Everything comes home, and nothing is lost. */
    private void finish() throws InterruptedException {
        long end = System.nanoTime() + LONG.toNanos();
        queue.flush();
        queue.notifyDevice();
        fleet.staged().clear();
        while (fleet.out() > 0) {
            Expect.that(System.nanoTime() < end, "transfers that did not come home:", fleet.out());
            if (plan.stepped()) {
                machine.stepAll();
            }
            collect();
        }
        if (plan.stepped()) {
            machine.stepAll();
        }
        queue.drain(LONG);
        long served = machine.workDone("echo0").chains();
        if (resets == 0) {
            assertThat(served).as("chains that the device has served").isEqualTo(fleet.done());
        }
        assertThat(queue.inFlight()).isZero();
        assertThat(machine.details()).doesNotContainKey("last driver fault");
        fleet.idle().forEach(traveller -> traveller.token.close());
        device.close();
        assertThat(machine.memory().quarantined()).isZero();
        assertThat(machine.memory().available()).as("free memory").isEqualTo(before);
    }

    private void step() throws InterruptedException {
        int choice = random.nextInt(100);
        if (choice < 8) {
            prepare();
        } else if (choice < 45) {
            sendSome();
        } else if (choice < 48) {
            takeBackOne();
        } else if (choice < 60) {
            show();
        } else if (choice < 90) {
            collect();
        } else if (choice < 95) {
            awaitOne();
        } else if (choice < 97) {
            detachOne();
        } else if (choice < 99) {
            endOne();
        } else if (random.nextInt(RARELY / 100) == 0) {
            reset();
        }
        if (plan.stepped()) {
            for (int i = random.nextInt(2 * plan.batch() + 2); i > 0; i--) {
                machine.step();
            }
        }
    }

    private void prepare() {
        if (full || fleet.size() >= most) {
            return;
        }
        int readable = random.nextInt(4);
        int writable = readable == 0 ? 1 + random.nextInt(3) : random.nextInt(4);
        BufferList buffers = buffers(readable, writable);
        if (readable + writable > plan.size()) {
            Traveller.free(buffers); // longer than any chain may be (2.7.5.3.1#3)
            return;
        }
        try {
            fleet.idle().add(new Traveller(queue.prepare(buffers), buffers));
        } catch (QueueFullException e) {
            assertThat(queue.room()).isLessThan(readable + writable);
            full = true;
            Traveller.free(buffers);
        }
    }

    private BufferList buffers(int readable, int writable) {
        List<DmaBuffer> sent = new ArrayList<>();
        List<DmaBuffer> received = new ArrayList<>();
        DmaMemory memory = machine.memory();
        for (int i = 0; i < readable; i++) {
            sent.add(memory.allocate(length()));
        }
        for (int i = 0; i < writable; i++) {
            received.add(memory.allocate(length()));
        }
        return new BufferList(sent, received);
    }

    private int length() {
        return 1 + random.nextInt(random.nextInt(50) == 0 ? 3000 : 64);
    }

    private void sendSome() {
        for (int i = 1 + random.nextInt(16); i > 0 && !fleet.idle().isEmpty(); i--) {
            Traveller traveller = fleet.takeAny(fleet.idle());
            if (random.nextInt(8) == 0) {
                traveller.limit(random);
            }
            traveller.load(random);
            long id =
                    random.nextInt(4) == 0 ? traveller.sendWithHandle() : traveller.token.submit();
            Expect.that(id > lastId, "not in order: sending, after", id, lastId);
            lastId = id;
            fleet.goesOut(traveller);
            if (random.nextInt(64) == 0) {
                traveller.checkThatTheOldHandleIsStale();
            }
        }
    }

    /** Shows what is staged, all at once. */
    private void show() {
        if (random.nextInt(4) == 0) {
            queue.publish();
            if (random.nextBoolean()) {
                queue.notifyDevice();
            }
        } else {
            queue.flush();
        }
        fleet.staged().clear();
    }

    private void takeBackOne() {
        if (!fleet.staged().isEmpty()) {
            Traveller traveller = fleet.any(fleet.staged());
            traveller.token.takeBack();
            fleet.comesBack(traveller);
        }
    }

    private void collect() {
        TransferToken token;
        for (int i = random.nextInt(40); i > 0 && (token = queue.poll()) != null; i--) {
            fleet.isPolled(token);
        }
        for (int i = random.nextInt(4); i > 0 && !fleet.withHandles().isEmpty(); i--) {
            Traveller traveller = fleet.any(fleet.withHandles());
            if (Objects.requireNonNull(traveller.handle).poll()) {
                fleet.completes(traveller);
            }
        }
    }

    private void awaitOne() throws InterruptedException {
        if (fleet.withHandles().isEmpty()) {
            return;
        }
        Traveller traveller = fleet.any(fleet.withHandles());
        Transfer handle = Objects.requireNonNull(traveller.handle);
        queue.flush();
        queue.notifyDevice(); // what was only published before may not have been told
        fleet.staged().clear();
        if (plan.stepped()) {
            machine.stepAll();
        }
        assertThat(handle.await(LONG)).isSameAs(traveller.token);
        fleet.completes(traveller);
    }

    private void detachOne() {
        if (random.nextInt(3) == 0) {
            fleet.detachAny();
            full = false;
        }
    }

    private void endOne() {
        if (!fleet.idle().isEmpty()) {
            Traveller traveller = fleet.takeAny(fleet.idle());
            if (random.nextBoolean()) {
                traveller.token.close();
            } else {
                Traveller.free(traveller.token.release());
            }
            assertThat(traveller.token.state()).isEqualTo(TransferState.CLOSED);
            full = false;
        }
    }

    private void reset() {
        resets++;
        if (random.nextBoolean()) {
            device.resetQueue(0);
            fleet.allComeBack(queue);
            assertThat(device.queue(0)).isSameAs(queue);
        } else {
            device.reset();
            fleet.allComeBack(queue);
            assertThat(start()).isSameAs(queue);
        }
        assertThat(queue.inFlight()).isZero();
        full = false;
    }

    @Override
    public void close() {
        try {
            device.close();
        } finally {
            machine.close();
        }
    }
}
