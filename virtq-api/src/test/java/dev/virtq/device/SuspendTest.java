package dev.virtq.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.queue.BufferList;
import dev.virtq.queue.QueueOptions;
import dev.virtq.queue.SharedVirtqueue;
import dev.virtq.queue.TransferFuture;
import dev.virtq.queue.TransferState;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import dev.virtq.testing.Clause;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A device is suspended and resumed (section 3.4). */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SuspendTest {
    private static final int RUNNING = 0x0f;
    private static final int SUSPENDED = 0x1b;
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final QueueOptions NO_SPIN = QueueOptions.DEFAULT.withSpin(Duration.ZERO);

    private final FakeTransport transport = new FakeTransport();

    @BeforeEach
    void offerIt() {
        transport.offered = transport.offered.with(CommonFeature.SUSPEND);
        transport.served = FeatureSet.of(CommonFeature.SUSPEND);
    }

    private VirtioDevice running() {
        VirtioDevice device = transport.open();
        device.negotiate(List.of());
        device.queue(0, NO_SPIN);
        device.start();
        transport.log.clear();
        transport.onStatus = this::honest;
        return device;
    }

    /** What a device makes of the bits that concern it here. */
    private int honest(int written) {
        boolean wasSuspended = transport.status == SUSPENDED;
        if (wasSuspended && DeviceStatus.DRIVER_OK.in(written)) {
            return written & ~DeviceStatus.SUSPEND.mask();
        }
        return DeviceStatus.SUSPEND.in(written)
                ? written & ~DeviceStatus.DRIVER_OK.mask()
                : written;
    }

    private TransferToken token(Virtqueue queue) {
        return queue.prepare(BufferList.receiveOnly(transport.memory.allocate(64)));
    }

    @Test
    @Clause({"3.4.1#1", "3.4.1#2", "3.4.1#6", "2.1.1#2"})
    void theDeviceConfirmsBothWays() {
        VirtioDevice device = running();
        device.suspend(SOON);
        assertThat(device.readStatus()).isEqualTo(SUSPENDED);
        assertThat(device.phase()).isEqualTo(VirtioDevice.Phase.SUSPENDED);
        device.resume(SOON);
        assertThat(device.readStatus()).isEqualTo(RUNNING);
        assertThat(device.phase()).isEqualTo(VirtioDevice.Phase.RUNNING);
        // Each write keeps the bits that the driver has set and the device not cleared.
        assertThat(transport.log).containsExactly("status " + 0x1f, "status " + 0x1f);
    }

    @Test
    @Clause({"3.4.1#3", "3.4.1#4"})
    void whileItIsSuspendedNothingIsMadeAvailableAndNothingNotified() {
        VirtioDevice device = running();
        Virtqueue queue = device.queue(0);
        TransferToken before = token(queue);
        before.submit();
        queue.publish(); // and nobody was told
        device.suspend(SOON);
        assertThat(queue.flush()).as("nothing is staged").isFalse();
        TransferToken staged = token(queue);
        staged.submit();
        refused("make transfers available", queue::flush);
        refused("make transfers available", queue::publish);
        refused("notify the device", queue::notifyDevice);
        assertThat(staged.state()).isEqualTo(TransferState.STAGED);
        assertThat(transport.ring(0).availableCount()).isEqualTo(1);
        assertThat(transport.log).containsExactly("status " + 0x1f);

        device.resume(SOON);
        assertThat(queue.flush()).isTrue();
        assertThat(transport.ring(0).availableCount()).isEqualTo(2);
        assertThat(transport.log).last().isEqualTo("ring 0");
    }

    private static void refused(String action, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(
                        "cannot %s on queue 0: the device is suspended; resume it first"
                                .formatted(action));
    }

    @Test
    void whatTheDeviceUsedBeforeCanBePolledMeanwhile() {
        VirtioDevice device = running();
        Virtqueue queue = device.queue(0);
        TransferToken token = token(queue);
        token.submit();
        queue.flush();
        transport.ring(0).complete(4);
        device.suspend(SOON);
        assertThat(queue.poll()).isSameAs(token);
        assertThat(token.receivedLength()).isEqualTo(4);
    }

    @Test
    void whatIsTakenBackIsNoLongerInTheWay() throws InterruptedException {
        VirtioDevice device = running();
        Virtqueue queue = device.queue(0);
        TransferToken token = token(queue);
        token.submit();
        device.suspend(SOON);
        token.takeBack();
        assertThat(queue.flush()).isFalse();
        assertThat(queue.poll(Duration.ZERO)).isNull();
    }

    @Test
    void aSharedQueueRefusesToSendAndChangesNothing() {
        VirtioDevice device = running();
        SharedVirtqueue shared = device.queue(0).share();
        TransferToken token = shared.prepare(BufferList.receiveOnly(device.memory().allocate(64)));
        device.suspend(SOON);
        refused("send", () -> shared.send(token));
        assertThat(token.state()).isEqualTo(TransferState.PREPARED);
        device.resume(SOON);
        TransferFuture<TransferToken> future = shared.send(token);
        transport.ring(0).complete(2);
        assertThat(future.join().receivedLength()).isEqualTo(2);
    }

    @Test
    @Clause("3.4.1#5")
    void whileItIsSuspendedNeitherTheConfigurationNorAQueueIsChanged() {
        transport.offered = transport.offered.with(CommonFeature.RING_RESET);
        transport.served = transport.served.with(CommonFeature.RING_RESET);
        VirtioDevice device = running();
        device.config().writeU8(3, 7);
        device.suspend(SOON);
        List<String> before = List.copyOf(transport.log);
        for (Runnable change :
                new Runnable[] {
                    () -> device.config().writeU8(3, 8),
                    () -> device.config().writeU16(0, 8),
                    () -> device.config().writeU32(0, 8),
                    () -> device.resetQueue(0),
                    () -> device.queue(1)
                }) {
            assertThatThrownBy(change::run)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("net at fake 0 is SUSPENDED");
        }
        assertThat(device.config().u32(0)).isEqualTo(7 << 24);
        assertThat(transport.log).isEqualTo(before);
        device.resume(SOON);
        device.config().writeU8(3, 8);
        assertThat(device.config().u8(3)).isEqualTo(8);
    }

    @Test
    @Clause("3.4.1#1")
    void withoutTheFeatureOrBeforeDriverOkItIsRefused() {
        VirtioDevice early = transport.open();
        early.negotiate(List.of());
        assertThatThrownBy(() -> early.suspend(SOON))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("cannot suspend: net at fake 0 is NEGOTIATED");
        transport.served = FeatureSet.EMPTY;
        VirtioDevice device = running();
        assertThatThrownBy(() -> device.suspend(SOON))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("cannot suspend: SUSPEND was not accepted by net at fake 0");
        assertThatThrownBy(() -> device.resume(SOON))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("cannot resume: net at fake 0 is RUNNING");
        assertThat(transport.log).isEmpty();
    }

    @Test
    @Clause({"3.4.1#2", "3.4.1#3", "3.4.1#6"})
    void aDeviceThatTakesItsTimeIsWaitedForAgain() {
        VirtioDevice device = running();
        Virtqueue queue = device.queue(0);
        transport.onStatus = written -> written; // SUSPEND is set, and DRIVER_OK still
        assertThatThrownBy(() -> device.suspend(SHORT))
                .isInstanceOf(TransferTimeoutException.class)
                .hasMessageContaining("did not suspend within 20 ms")
                .hasMessageContaining("0x1f")
                .hasMessageContaining("call suspend() again");
        token(queue).submit();
        refused("make transfers available", queue::flush);
        assertThatThrownBy(() -> device.resume(SHORT))
                .as("it has not stopped yet")
                .isInstanceOf(TransferTimeoutException.class)
                .hasMessageContaining("did not suspend");
        transport.status = SUSPENDED;
        device.suspend(SHORT);
        transport.onStatus = written -> SUSPENDED;
        assertThatThrownBy(() -> device.resume(SHORT))
                .isInstanceOf(TransferTimeoutException.class)
                .hasMessageContaining("did not resume");
        refused("make transfers available", queue::flush);
        transport.status = RUNNING;
        device.resume(SHORT);
        assertThat(queue.flush()).isTrue();
        assertThat(transport.log)
                .as("SUSPEND was asked for once")
                .containsExactly("status " + 0x1f, "status " + 0x1f, "ring 0");
    }

    @Test
    @Clause({"3.4.1#2", "3.4.1#6"})
    void aDeviceThatWentOnLateCanBeSuspendedAgain() {
        VirtioDevice device = running();
        device.suspend(SOON);
        transport.onStatus = written -> SUSPENDED;
        assertThatThrownBy(() -> device.resume(SHORT)).isInstanceOf(TransferTimeoutException.class);
        transport.status = RUNNING;
        transport.onStatus = this::honest;
        device.suspend(SOON);
        assertThat(transport.status).isEqualTo(SUSPENDED);
        device.resume(SOON);
        assertThat(transport.status).isEqualTo(RUNNING);
        assertThat(transport.log).containsOnly("status " + 0x1f).hasSize(4);
    }

    @Test
    @Clause({"2.1.1#2", "3.4.1#2", "3.4.1#6"})
    void bitsThatTheDeviceShowsBesideAreNotWritten() {
        VirtioDevice device = running();
        transport.onStatus = written -> honest(written) | 0x20 | DeviceStatus.FAILED.mask();
        device.suspend(SOON);
        transport.onStatus = written -> 0x04;
        device.resume(SOON);
        assertThat(transport.log).containsExactly("status " + 0x1f, "status " + 0x1f);
    }

    @Test
    @Clause("3.4.1#2")
    void aDeviceThatSeemsSuspendedBeforehandIsAskedAllTheSame() {
        VirtioDevice device = running();
        transport.status = SUSPENDED;
        transport.onStatus = written -> SUSPENDED;
        device.suspend(SOON);
        assertThat(transport.log).containsExactly("status " + 0x1f);
    }

    @Test
    void aDeviceThatFailsToSuspendNeedsAReset() {
        VirtioDevice device = running();
        transport.onStatus = written -> written | DeviceStatus.DEVICE_NEEDS_RESET.mask();
        assertThatThrownBy(() -> device.suspend(SOON))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("the device failed to suspend (virtio 1.4, 3.4.2#6");
        assertThat(device.failure()).isPresent();
        transport.onStatus = this::honest;
        device.reset();
        device.negotiate(List.of());
        Virtqueue queue = device.queue(0);
        device.start();
        token(queue).submit();
        assertThat(queue.flush()).as("it is not suspended any more").isTrue();
        device.suspend(SOON);
        device.resume(SOON);
    }

    @Test
    void aDeviceThatFailsToResumeNeedsAReset() {
        VirtioDevice device = running();
        device.suspend(SOON);
        transport.onStatus = written -> written | DeviceStatus.DEVICE_NEEDS_RESET.mask();
        assertThatThrownBy(() -> device.resume(SOON))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("the device failed to resume (virtio 1.4, 3.4.2#7");
        device.close();
        assertThat(transport.closed).isTrue();
    }

    @Test
    void itIsRefusedWhileAnotherThreadOwnsAQueue() throws InterruptedException {
        VirtioDevice device = running();
        Virtqueue queue = device.queue(0);
        var owned = new java.util.concurrent.CountDownLatch(1);
        var release = new java.util.concurrent.CountDownLatch(1);
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
        assertThatThrownBy(() -> device.suspend(SOON))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("queue 0 belongs to thread");
        assertThat(transport.log).isEmpty();
        assertThat(device.phase()).isEqualTo(VirtioDevice.Phase.RUNNING);
        release.countDown();
        owner.join();
        device.suspend(SOON);
    }
}
