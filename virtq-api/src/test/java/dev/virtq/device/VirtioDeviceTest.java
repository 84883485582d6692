package dev.virtq.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.QueueOptions;
import dev.virtq.queue.SharedVirtqueue;
import dev.virtq.queue.Transfer;
import dev.virtq.queue.TransferFuture;
import dev.virtq.queue.TransferState;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import dev.virtq.testing.Clause;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The sequence of section 3.1, and all the ways in which it ends early. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class VirtioDeviceTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final QueueOptions NO_SPIN = QueueOptions.DEFAULT.withSpin(Duration.ZERO);

    private final FakeTransport transport = new FakeTransport();

    private VirtioDevice negotiated() {
        VirtioDevice device = transport.open();
        device.negotiate(List.of());
        return device;
    }

    private VirtioDevice running() {
        VirtioDevice device = negotiated();
        device.queue(0, NO_SPIN);
        device.queue(1, NO_SPIN);
        device.start();
        return device;
    }

    private TransferToken token(VirtioDevice device, Virtqueue queue) {
        return queue.prepare(BufferList.receiveOnly(device.memory().allocate(64)));
    }

    @Test
    @Clause({
        "2.1.1#1",
        "3.1.1#1",
        "3.1.1#2",
        "3.1.1#3",
        "3.1.1#4",
        "3.1.1#5",
        "3.1.1#7",
        "3.1.1#10",
        "3.1.1#11",
        "6.1#1"
    })
    void theSequenceIsTheStandards() {
        running();
        assertThat(transport.log)
                .containsExactly(
                        "status 0",
                        "status 1",
                        "status 3",
                        "accept {29, 32}",
                        "status 11",
                        "enable 0",
                        "enable 1",
                        "status 15");
    }

    /** Over the whole life of a device, with a reset and a failure in it. */
    @Test
    @Clause("2.1.1#2")
    void noStatusBitIsEverClearedButByAReset() {
        List<Integer> clearing = new ArrayList<>();
        AtomicBoolean takesFeatures = new AtomicBoolean(true);
        transport.onStatus =
                written -> {
                    if (written != 0 && (transport.status & ~written) != 0) {
                        clearing.add(written);
                    }
                    return takesFeatures.get()
                            ? written
                            : written & ~DeviceStatus.FEATURES_OK.mask();
                };
        VirtioDevice device = running();
        device.reset();
        takesFeatures.set(false);
        assertThatThrownBy(() -> device.negotiate(List.of()))
                .isInstanceOf(DeviceFaultException.class);
        takesFeatures.set(true);
        device.reset();
        device.negotiate(List.of());
        device.queue(0);
        device.queue(1);
        transport.status |= DeviceStatus.DEVICE_NEEDS_RESET.mask();
        device.start();
        device.close();
        assertThat(clearing).isEmpty();
        assertThat(transport.log).contains("status " + 0x4f);
    }

    @Test
    @Clause("3.1.1#6")
    void theConfigurationIsReadBeforeTheFeaturesAreSettledAndNotWritten() {
        VirtioDevice device = transport.open();
        assertThat(device.config().u8(0)).isZero();
        assertThatThrownBy(() -> device.config().writeU8(0, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("cannot write the configuration: net at fake 0 is OPENED");
        assertThat(device.config().u8(0)).isZero();
        device.negotiate(List.of());
        device.config().writeU8(0, 1);
        assertThat(device.config().u8(0)).isEqualTo(1);
        device.close();
        assertThatThrownBy(() -> device.config().writeU8(0, 2))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void changesOfTheConfigurationAreCountedWhoeverHearsOfThem() throws InterruptedException {
        VirtioDevice device = running();
        assertThat(device.configurationChanges()).isZero();
        transport.configInterrupt.raise();
        assertThat(device.configurationChanges()).isEqualTo(1);
        assertThat(device.configurationChanges()).isEqualTo(1);
        transport.configInterrupt.raise();
        assertThat(device.queue(0).poll(Duration.ZERO)).isNull(); // a queue hears of it first
        assertThat(device.configurationChanges()).isEqualTo(2);
        assertThat(device.failure()).isEmpty();
        device.reset();
        assertThat(device.configurationChanges()).as("it never falls").isEqualTo(2);
        device.close();
        transport.configInterrupt.raise();
        assertThat(device.configurationChanges()).isEqualTo(2);
    }

    @Test
    @Clause({"3.1.1#1", "3.1.1#8"})
    void everyStepOutOfOrderIsRefusedAndDoesNothing() {
        VirtioDevice device = transport.open();
        refused(device, "cannot start", device::start);
        refused(device, "cannot set up queue 0", () -> device.queue(0));
        device.negotiate(List.of());
        refused(device, "cannot negotiate features", () -> device.negotiate(List.of()));
        device.queue(0);
        device.start();
        refused(device, "cannot start", device::start);
        refused(device, "cannot negotiate features", () -> device.negotiate(List.of()));
        refused(device, "cannot set up queue 1", () -> device.queue(1));
        device.close();
        refused(device, "cannot start", device::start);
        refused(device, "cannot negotiate features", () -> device.negotiate(List.of()));
        refused(device, "cannot set up queue 1", () -> device.queue(1));
        refused(device, "cannot reset", device::reset);
    }

    private void refused(VirtioDevice device, String what, Runnable action) {
        List<String> before = List.copyOf(transport.log);
        assertThatThrownBy(action::run)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(
                        what + ": net at fake 0 is " + device.phase() + " (the order is OPENED");
        assertThat(transport.log).isEqualTo(before);
    }

    @Test
    @Clause({"2.1.1#3", "3.1.1#9", "3.1.1#12", "3.1.1#13"})
    void featuresThatTheDeviceDoesNotTakeEndTheSequence() {
        VirtioDevice device = transport.open();
        transport.onStatus = written -> written & ~DeviceStatus.FEATURES_OK.mask();
        assertThatThrownBy(() -> device.negotiate(List.of()))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("does not take the features {29, 32}")
                .hasMessageContaining("status 0x03 (ACKNOWLEDGE DRIVER)");
        assertThat(device.phase()).isEqualTo(VirtioDevice.Phase.FAILED);
        assertThat(transport.log.getLast()).isEqualTo("status " + (3 | 128));
        refused(device, "cannot negotiate features", () -> device.negotiate(List.of()));
        refused(device, "cannot set up queue 0", () -> device.queue(0));
        transport.onStatus = written -> written;
        transport.log.clear();
        device.reset();
        device.negotiate(List.of());
        assertThat(transport.log)
                .containsExactly(
                        "status 0", "status 1", "status 3", "accept {29, 32}", "status 11");
    }

    @Test
    @Clause({"2.2.1#3", "2.2.1#5"})
    void featuresThatNobodyKnowsAreNoHindrance() {
        transport.offered = new FeatureSet(-1, -1);
        VirtioDevice device = running();
        assertThat(device.phase()).isEqualTo(VirtioDevice.Phase.RUNNING);
        assertThat(transport.log).contains("accept {28, 29, 32}").endsWith("status 15");
    }

    @Test
    @Clause({"2.2.1#2", "2.2.1#4", "3.1.1#12", "3.1.1#13", "6.1#2"})
    void aLegacyDeviceIsNotDriven() {
        transport.offered = FeatureSet.of(CommonFeature.EVENT_IDX);
        VirtioDevice device = transport.open();
        assertThatThrownBy(() -> device.negotiate(List.of()))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("VERSION_1");
        assertThat(device.phase()).isEqualTo(VirtioDevice.Phase.FAILED);
        assertThat(transport.log).containsExactly("status 0", "status 1", "status 3", "status 131");
        refused(device, "cannot negotiate features", () -> device.negotiate(List.of()));
        refused(device, "cannot set up queue 0", () -> device.queue(0));
        refused(device, "cannot start", device::start);
    }

    @Test
    @Clause("6.1#1")
    void refusedFeaturesAreNotAcceptedAndTheVersionCannotBeRefused() {
        VirtioDevice device = transport.open();
        assertThatThrownBy(
                        () -> device.negotiate(List.of(), FeatureSet.of(CommonFeature.VERSION_1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("VERSION_1 cannot be refused");
        assertThat(device.negotiate(List.of(), FeatureSet.of(CommonFeature.EVENT_IDX)))
                .isEqualTo(FeatureSet.of(CommonFeature.VERSION_1));
        assertThat(device.has(CommonFeature.EVENT_IDX)).isFalse();
    }

    @Test
    void aDeviceThatIsLostDuringNegotiationSaysSo() {
        VirtioDevice device = transport.open();
        transport.onStatus =
                written -> {
                    transport.lost = new DeviceLostException("QEMU has ended");
                    return written;
                };
        assertThatThrownBy(() -> device.negotiate(List.of()))
                .isInstanceOf(DeviceLostException.class)
                .hasMessage("QEMU has ended");
        assertThat(device.phase()).isEqualTo(VirtioDevice.Phase.FAILED);
        device.close();
        assertThat(transport.closed).isTrue();
    }

    @Test
    void aTransportWhoseDeviceCannotBeOpenedIsClosed() {
        transport.lost = new DeviceLostException("QEMU has ended");
        assertThatThrownBy(transport::open).isInstanceOf(DeviceLostException.class);
        assertThat(transport.closed).isTrue();
    }

    @Test
    void aQueueThatDoesNotExistIsRefused() {
        VirtioDevice device = negotiated();
        for (int index : new int[] {-1, 2}) {
            assertThatThrownBy(() -> device.queue(index))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "queue %d does not exist: the device has 2 (expected: 0..1)"
                                    .formatted(index));
        }
        transport.maxSize = queue -> 0;
        assertThatThrownBy(() -> device.queue(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("queue 1 does not exist");
        assertThat(transport.rings).isEmpty();
    }

    @Test
    @Clause("3.1.1#10")
    void aQueueIsAsLargeAsIsAskedForAndTheDeviceAllows() {
        transport.maxSize = queue -> queue == 0 ? 16 : 1024;
        VirtioDevice device = negotiated();
        assertThat(device.queue(0).size()).isEqualTo(16);
        assertThat(device.queue(1).size()).isEqualTo(QueueOptions.DEFAULT_SIZE);
        assertThat(device.queue(0)).isSameAs(device.queue(0));
        assertThat(device.queues()).hasSize(2);
        VirtioDevice other = negotiated();
        assertThat(other.queue(1, QueueOptions.DEFAULT.withSize(32)).size()).isEqualTo(32);
        assertThat(other.queue(0, QueueOptions.DEFAULT.withSize(32)).size()).isEqualTo(16);
    }

    @Test
    void aSizeThatTheFormatDoesNotAllowIsRefused() {
        VirtioDevice device = negotiated();
        assertThatThrownBy(() -> device.queue(0, QueueOptions.DEFAULT.withSize(12)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "queue size 12 is not one that the fake ring allows (expected: a power of"
                                + " two, at most 16)");
        for (int size : new int[] {24, 65536, -16}) {
            transport.maxSize = queue -> size;
            assertThatThrownBy(() -> device.queue(0)).isInstanceOf(DeviceFaultException.class);
        }
        assertThatThrownBy(() -> QueueOptions.DEFAULT.withSize(32769))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("queue size 32769 (expected: 1..32768)");
    }

    @Test
    @Clause("6.1#4")
    void aBufferOfAnotherMemoryIsRefused() {
        VirtioDevice device = running();
        DmaBuffer foreign =
                new DmaMemory(
                                MemoryMapping.contiguous(
                                        Arena.ofAuto().allocate(4096, 4096), 0x10_0000))
                        .allocate(64);
        assertThatThrownBy(() -> device.queue(0).prepare(BufferList.send(foreign)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is not in the memory that the device of queue 0 reaches");
        foreign.setInt(0, 1);
    }

    @Test
    @Clause("3.1.1#14")
    void theDeviceIsNotNotifiedBeforeItRuns() {
        VirtioDevice device = negotiated();
        Virtqueue queue = device.queue(0);
        device.queue(1);
        token(device, queue).submit();
        queue.flush();
        queue.notifyDevice();
        assertThat(transport.ring(0).availableCount()).isEqualTo(1);
        assertThat(transport.log).doesNotContain("ring 0");
        device.start();
        assertThat(transport.log).endsWith("status 15", "ring 0");
        token(device, queue).submit();
        queue.flush();
        assertThat(transport.log).endsWith("status 15", "ring 0", "ring 0");
    }

    @Test
    @Clause({"2.4.2#1", "3.3.1#2"})
    void closingResetsThenFreesThenLetsGo() {
        VirtioDevice device = running();
        Virtqueue queue = device.queue(0);
        TransferToken token = token(device, queue);
        token.submit();
        queue.flush();
        transport.log.clear();
        device.close();
        device.close();
        assertThat(transport.log).containsExactly("status 0", "close [freed, freed]");
        assertThat(token.state()).isEqualTo(TransferState.CLOSED);
        assertThat(transport.memory.available()).isEqualTo(1 << 16);
        assertThat(device.failure()).isPresent();
    }

    @Test
    @Clause({"2.4.2#1", "3.3.1#2"})
    void withoutAConfirmedResetMemoryIsQuarantined() {
        VirtioDevice device = running();
        Virtqueue queue = device.queue(0);
        TransferToken token = token(device, queue);
        token.submit();
        queue.flush();
        TransferToken idle = token(device, queue);
        transport.onStatus = written -> 0x4f;
        device.close();
        assertThat(transport.log.getLast()).isEqualTo("close [quarantined, quarantined]");
        assertThat(token.state()).isEqualTo(TransferState.QUARANTINED);
        assertThat(idle.state()).isEqualTo(TransferState.CLOSED);
        assertThat(transport.memory.quarantined()).isEqualTo(64);
    }

    @Test
    void aLostDeviceIsQuarantinedUnlessItIsProvenDead() {
        for (boolean dead : new boolean[] {false, true}) {
            FakeTransport other = new FakeTransport();
            VirtioDevice device = other.open();
            device.negotiate(List.of());
            Virtqueue queue = device.queue(0);
            device.start();
            token(device, queue).submit();
            queue.flush();
            other.lost = new DeviceLostException("QEMU has ended");
            other.provenDead = dead;
            device.close();
            assertThat(other.memory.quarantined()).isEqualTo(dead ? 0 : 64);
            assertThat(other.closed).isTrue();
        }
    }

    @Test
    void aTransportThatFailsInAnyWayIsStillLetGoOf() {
        VirtioDevice device = running();
        transport.onStatus =
                written -> {
                    throw new IllegalStateException("a bug");
                };
        assertThatThrownBy(device::close).isInstanceOf(IllegalStateException.class);
        assertThat(transport.log.getLast()).isEqualTo("close [quarantined, quarantined]");
    }

    @Test
    @Clause({"2.4.2#1", "3.3.1#2"})
    void aResetThatIsNotConfirmedLeavesNothingButClosing() {
        VirtioDevice device = running();
        Virtqueue queue = device.queue(0);
        TransferToken token = token(device, queue);
        Transfer transfer = token.send();
        queue.flush();
        transport.onStatus = written -> 0x0f;
        assertThatThrownBy(device::reset)
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("did not confirm a reset within 2000 ms");
        assertThat(device.phase()).isEqualTo(VirtioDevice.Phase.FAILED);
        assertThat(token.state()).isEqualTo(TransferState.IN_FLIGHT);
        assertThatThrownBy(() -> transfer.await(SOON)).isInstanceOf(DeviceFaultException.class);
        assertThatThrownBy(() -> token.receiving(0).intAt(0))
                .isInstanceOf(IllegalStateException.class);
        device.close();
        assertThat(token.state()).isEqualTo(TransferState.QUARANTINED);
    }

    @Test
    void afterAConfirmedResetTheSameObjectsWorkAgain() throws InterruptedException {
        VirtioDevice device = running();
        Virtqueue queue = device.queue(0);
        TransferToken token = token(device, queue);
        Transfer transfer = token.send();
        queue.flush();
        device.reset();
        assertThatThrownBy(() -> transfer.await(SOON))
                .isInstanceOf(TransferReturnedException.class);
        assertThat(token.state()).isEqualTo(TransferState.PREPARED);
        transport.log.clear();
        device.negotiate(List.of());
        assertThat(device.queue(0)).isSameAs(queue);
        Transfer again = token.send();
        queue.flush();
        assertThatThrownBy(device::start)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("queue 1 was not set up again after the reset");
        device.queue(1);
        device.start();
        assertThat(transport.log)
                .containsExactly(
                        "accept {29, 32}",
                        "status 11",
                        "enable 0",
                        "enable 1",
                        "status 15",
                        "ring 0");
        transport.ring(0).complete(7);
        assertThat(again.await(SOON).receivedLength()).isEqualTo(7);
        assertThat(device.failure()).isEmpty();
    }

    @Test
    void aDeviceThatTakesAQueueNoLongerAfterAResetIsAtFault() {
        VirtioDevice device = running();
        device.reset();
        device.negotiate(List.of());
        transport.maxSize = queue -> 8;
        assertThatThrownBy(() -> device.queue(0))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("size 16 of at most 8");
    }

    @Test
    void aResetIsRefusedWhileAnotherThreadOwnsAQueue() throws InterruptedException {
        VirtioDevice device = running();
        Virtqueue queue = device.queue(0);
        var release = new java.util.concurrent.CountDownLatch(1);
        var owned = new java.util.concurrent.CountDownLatch(1);
        Thread owner =
                Thread.ofPlatform()
                        .start(() -> {
                            queue.publish();
                            owned.countDown();
                            try {
                                release.await();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
        owned.await();
        List<String> before = List.copyOf(transport.log);
        assertThatThrownBy(device::reset)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("queue 0 belongs to thread");
        assertThat(transport.log).isEqualTo(before);
        release.countDown();
        owner.join();
        device.reset();
    }

    @Test
    @Clause("2.1.1#4")
    void needsResetReachesWhoeverWaits() {
        VirtioDevice device = running();
        Virtqueue queue = device.queue(0);
        TransferToken token = token(device, queue);
        Transfer transfer = token.send();
        queue.flush();
        transport.status |= DeviceStatus.DEVICE_NEEDS_RESET.mask();
        transport.configInterrupt.raise();
        long start = System.nanoTime();
        assertThatThrownBy(() -> transfer.await(SOON))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("the device needs a reset")
                .hasMessageContaining("DEVICE_NEEDS_RESET");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
        assertThat(token.state()).isEqualTo(TransferState.IN_FLIGHT);
        assertThatThrownBy(() -> token(device, queue).send())
                .isInstanceOf(DeviceFaultException.class);
        device.reset();
        assertThat(device.failure()).isEmpty();
        assertThat(token.state()).isEqualTo(TransferState.PREPARED);
    }

    @Test
    void aLostDeviceReleasesEveryWaiterWithinASecond() throws InterruptedException {
        VirtioDevice device = negotiated();
        Virtqueue plain = device.queue(0, NO_SPIN);
        SharedVirtqueue shared = device.queue(1, NO_SPIN).share();
        device.start();
        Map<String, Throwable> seen = new ConcurrentHashMap<>();
        List<Thread> waiters = new ArrayList<>();
        waiters.add(
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                token(device, plain).send().await(SOON);
                            } catch (Throwable e) {
                                seen.put("await", e);
                            }
                        }));
        for (int i = 0; i < 4; i++) {
            String name = "join " + i;
            waiters.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                TransferToken token =
                                        shared.prepare(
                                                BufferList.receiveOnly(
                                                        device.memory().allocate(64)));
                                TransferFuture<TransferToken> future = shared.send(token);
                                try {
                                    future.join();
                                } catch (CompletionException e) {
                                    seen.put(name, cause(e));
                                }
                            }));
        }
        Thread.sleep(100);
        long start = System.nanoTime();
        transport.lost = new DeviceLostException("QEMU has ended");
        for (Thread waiter : waiters) {
            waiter.join();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
        assertThat(seen).hasSize(5);
        assertThat(seen.values())
                .allSatisfy(failure -> assertThat(failure).isInstanceOf(DeviceLostException.class));
        assertThat(device.failure()).get().isInstanceOf(DeviceLostException.class);
    }

    private static Throwable cause(Throwable e) {
        Throwable cause = e.getCause();
        return cause == null ? e : cause;
    }

    @Test
    void aSharedQueueSurvivesAReset() {
        VirtioDevice device = negotiated();
        SharedVirtqueue shared = device.queue(0, NO_SPIN).share();
        device.start();
        TransferToken token = shared.prepare(BufferList.receiveOnly(device.memory().allocate(64)));
        TransferFuture<TransferToken> future = shared.send(token);
        device.reset();
        assertThatThrownBy(future::join).hasCauseInstanceOf(TransferReturnedException.class);
        device.negotiate(List.of());
        device.queue(0);
        device.start();
        TransferFuture<TransferToken> again = shared.send(token);
        transport.ring(0).complete(5);
        assertThat(again.join().receivedLength()).isEqualTo(5);
        device.close();
        assertThat(transport.memory.available()).isEqualTo(1 << 16);
    }
}
