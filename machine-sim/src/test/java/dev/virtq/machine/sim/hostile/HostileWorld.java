package dev.virtq.machine.sim.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.VirtioDevice;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimMachine;
import dev.virtq.machine.sim.SimMachineBuilder;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.QueueOptions;
import dev.virtq.queue.TransferState;
import dev.virtq.queue.TransferToken;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A driver and an echo that turns hostile. The driver does all that one does: it opens, negotiates,
 * sends and waits, reads the configuration, resets one queue and then the device with transfers in
 * flight, and goes on.
 */
final class HostileWorld implements AutoCloseable {
    private static final int QUEUE_SIZE = 16;
    static final int TRANSFERS = 4;
    private static final int MANY_ROUNDS = 100;
    private static final long ECHO = 0x6f68_6365; // little-endian
    private static final Duration MOMENT = Duration.ofMillis(15);
    private static final QueueOptions OPTIONS =
            QueueOptions.DEFAULT.withSize(QUEUE_SIZE).withSpin(Duration.ofNanos(20_000));

    private final boolean stepped;
    private final SimMachine machine;
    private final long before;
    private @Nullable VirtioDevice device;
    private @Nullable Ledger ledger;
    private @Nullable Bystander bystander;

    HostileWorld(boolean packed, FeatureSet withheld, boolean stepped) {
        this.stepped = stepped;
        FeatureSet without = packed ? withheld : withheld.with(CommonFeature.RING_PACKED);
        SimMachineBuilder builder =
                SimMachine.builder()
                        .memory(1 << 20)
                        .device(SimDevice.echo().withQueues(2))
                        .queueSize(32)
                        .withholding(without);
        machine = (stepped ? builder.stepped() : builder).start();
        before = machine.memory().available();
    }

    DmaMemory memory() {
        return machine.memory();
    }

    /** Lies, but keeps what the bystander sent. */
    void misbehave(Mischief lie) {
        machine.misbehave(new KeepsTheSecondQueue(lie));
    }

    void behave() {
        machine.misbehave(Mischief.NONE);
    }

    void open() {
        device = VirtioDevice.open(machine.transport(SimDevice.ECHO));
    }

    /** Sets everything up, again or for the first time. */
    void start() {
        VirtioDevice opened = device();
        opened.negotiate(List.of());
        var queue = opened.queue(0, OPTIONS);
        var second = opened.queue(1, OPTIONS);
        opened.start();
        if (ledger == null) {
            ledger = new Ledger(queue, memory(), TRANSFERS);
            bystander = new Bystander(second, memory());
            ledger.guardTheRest(memory());
        }
        assertThat(queue).as("the same object").isSameAs(ledger().queue());
    }

    void waitBeside() {
        Objects.requireNonNull(bystander).begin();
    }

    /** Sends and collects until all is back; an honest device lets none of them down. */
    void roundTrips(int rounds) throws InterruptedException {
        for (int i = 0; i < rounds; i++) {
            ledger().sendAll();
            long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
            while (ledger().isAnythingOut()) {
                assertThat(System.nanoTime()).as("time for a round trip").isLessThan(end);
                advance();
                ledger().collect();
            }
        }
    }

    /** Sends, lets the device do some of it, and takes some of that back. */
    void sendAndServe(int steps, int taken) {
        ledger().sendAll();
        for (int i = 0; i < steps; i++) {
            machine.step();
            if (i < taken) {
                ledger().collect();
            }
        }
    }

    /**
     * Does all that a driver does, whatever the device makes of it.
     *
     * @return the fault that was found; {@code null} when none was
     */
    @Nullable DeviceFaultException provoke() throws InterruptedException {
        try {
            if (device == null) {
                open();
                start();
                waitBeside();
            }
            sendAWhile();
            assertThat(device().config().u64(0)).as("its name, ASCII").isEqualTo(ECHO);
            resetOneQueue();
            ledger().sendAll();
            device().reset();
            ledger().collectAfterReset();
            start();
            sendAWhile();
            return null;
        } catch (DeviceFaultException e) {
            return e;
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageContaining("the device gives it no size");
            return null;
        } finally {
            if (ledger != null) {
                ledger.checkGuards();
            }
        }
    }

    private void resetOneQueue() throws InterruptedException {
        if (device().has(CommonFeature.RING_RESET)) {
            ledger().sendAll();
            device().resetQueue(0);
            ledger().collectAfterReset();
            assertThat(device().queue(0)).as("the same object").isSameAs(ledger().queue());
            sendAWhile();
        }
    }

    private void sendAWhile() throws InterruptedException {
        int inVain = 0;
        for (int round = 0; round < MANY_ROUNDS && inVain < 2; round++) {
            int done = ledger().completed();
            ledger().sendAll();
            advance();
            ledger().collect();
            inVain = ledger().completed() > done ? 0 : inVain + 1;
        }
        ledger().await(Duration.ofMillis(1)); // who waits looks at more than the ring
    }

    private void advance() throws InterruptedException {
        if (stepped) {
            machine.stepAll();
        } else {
            ledger().await(MOMENT);
        }
    }

    /** With an honest device again: a confirmed reset, and the same objects go on. */
    void recover() throws InterruptedException {
        behave();
        if (device == null) {
            open();
            start();
        } else {
            device().reset();
            if (ledger != null) {
                ledger.collectAfterReset();
            }
            start();
        }
        releaseBystander();
        roundTrips(5);
        ledger().checkGuards();
    }

    /** Ends it; after a confirmed reset nothing is lost. */
    void closeCleanly() throws InterruptedException {
        if (ledger != null) {
            ledger.freeGuards();
        }
        device().close();
        releaseBystander();
        assertThat(memory().quarantined()).isZero();
        assertThat(memory().available()).as("memory that is free again").isEqualTo(before);
    }

    /** Ends it while the device does not confirm the reset: what it may write is kept for ever. */
    void closeIntoQuarantine(boolean anythingInFlight) throws InterruptedException {
        if (ledger == null) {
            return; // the device has never been told of any memory
        }
        ledger.freeGuards();
        device().close();
        releaseBystander();
        assertThat(memory().quarantined()).isPositive();
        List<TransferToken> kept =
                ledger.tokens().stream()
                        .filter(token -> token.state() == TransferState.QUARANTINED)
                        .toList();
        if (anythingInFlight) {
            assertThat(kept).isNotEmpty();
        }
        for (TransferToken token : kept) {
            assertThat(catchThrowable(token::submit))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("QUARANTINED");
        }
        assertThat(memory().available()).isEqualTo(before - memory().quarantined());
        ledger.guardTheRest(memory()); // all that can still be had
        if (stepped) {
            machine.stepAll(); // the device goes on: it has never heard of a reset
        }
        ledger.checkGuards();
    }

    private void releaseBystander() throws InterruptedException {
        if (bystander != null) {
            bystander.assertReleased();
        }
    }

    @Override
    public void close() {
        behave();
        try {
            if (device != null) {
                device.close();
            }
        } finally {
            machine.close();
        }
    }

    private VirtioDevice device() {
        return Objects.requireNonNull(device);
    }

    private Ledger ledger() {
        return Objects.requireNonNull(ledger);
    }
}
