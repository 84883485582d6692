package dev.virtq.machine.sim.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.VirtioDevice;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.queue.Virtqueue;
import dev.virtq.transport.vhostuser.BackEndFaultException;
import dev.virtq.transport.vhostuser.VhostUserMachine;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import dev.virtq.transport.vhostuser.protocol.Request;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The other way round: the front end listens, and back ends connect to it. */
class ListeningFrontEndTest extends NothingIsLeft {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(200);

    private VhostUserMachine listen(Duration wait) {
        return VhostUserMachine.listen(socket, SimDevice.ECHO, 8 << 20, EchoDriver.PATIENCE, wait);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsSentComesBack(boolean packed) throws Exception {
        Script script =
                HONEST.withholding(
                        packed ? FeatureSet.EMPTY : FeatureSet.of(CommonFeature.RING_PACKED));
        try (SimBackEnd backEnd = SimBackEnd.connect(socket, script);
                EchoDriver driver = EchoDriver.listening(socket, LONG)) {
            for (int life = 1; life <= 3; life++) {
                driver.echo(driver.start(), 100);
                assertThat(driver.device().has(CommonFeature.RING_PACKED)).isEqualTo(packed);
                driver.device().reset();
            }
            assertThat(backEnd.conversations()).isEqualTo(1);
            assertThat(backEnd.lastFault()).isEmpty();
            assertThat(backEnd.lastTrouble()).isEmpty();
        }
    }

    @Test
    void theBackEndMayComeBeforeTheDeviceIsOpened() throws Exception {
        try (VhostUserMachine machine = listen(SHORT);
                SimBackEnd backEnd = SimBackEnd.connect(socket, HONEST)) {
            awaitConversations(backEnd, 1);
            try (VirtioDevice device = VirtioDevice.open(machine.transport(SimDevice.ECHO))) {
                device.negotiate(List.of());
                assertThat(device.config().u32(0)).isEqualTo(0x6f686365);
            }
        }
    }

    @Test
    void aBackEndThatHasGoneIsMetAgain() throws Exception {
        try (SimBackEnd backEnd = SimBackEnd.connect(socket, HONEST);
                VhostUserMachine machine = listen(LONG)) {
            for (int life = 1; life <= 3; life++) {
                VirtioDevice device = VirtioDevice.open(machine.transport(SimDevice.ECHO));
                device.negotiate(List.of());
                assertThat(backEnd.conversations()).isEqualTo(life);
                backEnd.hangUp();
                while (device.transport().lost().isEmpty()) {
                    Thread.sleep(1);
                }
                device.close();
            }
        }
    }

    @Test
    void aSecondBackEndWaitsUntilTheFirstHasGone() throws Exception {
        FeatureSet packed = FeatureSet.of(CommonFeature.RING_PACKED);
        try (SimBackEnd first = SimBackEnd.connect(socket, HONEST.withholding(packed));
                EchoDriver driver = EchoDriver.listening(socket, LONG);
                SimBackEnd second = SimBackEnd.connect(socket, HONEST)) {
            awaitConversations(second, 1);
            driver.echo(driver.start(), 10);
            assertThat(driver.device().has(CommonFeature.RING_PACKED)).isFalse();
            assertThatThrownBy(driver::openAgain)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("is open (expected: closed before");

            first.hangUp();
            awaitConversations(first, 2); // it stands behind the other now
            while (driver.device().transport().lost().isEmpty()) {
                Thread.sleep(1);
            }
            assertThat(driver.openAgain().readOfferedFeatures().containsAll(packed)).isTrue();
            assertThat(second.conversations()).isEqualTo(1);
            assertThat(second.lastTrouble()).isEmpty();
        }
    }

    @Test
    void oneThatDidNotWaitIsPassedOver() throws Exception {
        try (VhostUserMachine machine = listen(LONG)) {
            UnixSocket.connect(socket).close();
            UnixSocket.connect(socket).close();
            try (SimBackEnd backEnd = SimBackEnd.connect(socket, HONEST);
                    VirtioDevice device = VirtioDevice.open(machine.transport(SimDevice.ECHO))) {
                device.negotiate(List.of());
                assertThat(backEnd.conversations()).isEqualTo(1);
            }
        }
    }

    @Test
    void oneThatConnectsIsCheckedAsOneThatListens() throws Exception {
        Script script = HONEST.at(Request.GET_QUEUE_NUM, Deed.sized(7));
        try (SimBackEnd _ = SimBackEnd.connect(socket, script)) {
            assertThatThrownBy(() -> EchoDriver.listening(socket, LONG))
                    .isInstanceOf(BackEndFaultException.class)
                    .hasMessageContaining("GET_QUEUE_NUM was answered with 7 bytes (expected: 8)");
        }
        Script silent = HONEST.at(Request.GET_FEATURES, Deed.SILENT);
        try (SimBackEnd _ = SimBackEnd.connect(socket, silent)) {
            assertThatThrownBy(() -> EchoDriver.listening(socket, LONG))
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessageContaining("did not answer within 300 ms (at GET_FEATURES)");
        }
    }

    @Test
    void theWaitForABackEndIsBounded() {
        try (VhostUserMachine machine = listen(SHORT)) {
            assertThat(machine.awaited())
                    .contains(
                            "a back end that connects to %s, for 0.2 s at most".formatted(socket));
            long start = System.nanoTime();
            assertThatThrownBy(() -> machine.transport(SimDevice.ECHO))
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessageStartingWith(
                            "no back end has connected to %s within 0.2 s (expected: "
                                    .formatted(socket));
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(SHORT, SHORT.plusSeconds(2));
            assertThat(socket).exists();
        }
    }

    @Test
    void aMachineThatIsClosedReleasesWhoeverWaitsForABackEnd() throws Exception {
        VhostUserMachine machine = listen(LONG);
        CompletableFuture<@Nullable Throwable> waiting =
                CompletableFuture.supplyAsync(
                        () -> catchThrowable(() -> machine.transport(SimDevice.ECHO)));
        Thread.sleep(100); // it waits now
        assertThat(waiting).isNotDone();
        long start = System.nanoTime();
        machine.close();
        assertThat(waiting.join())
                .isInstanceOf(DeviceLostException.class)
                .hasMessageContaining("was closed");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
        machine.close();
    }

    @Test
    void anInterruptReleasesWhoeverWaitsForABackEnd() throws Exception {
        try (VhostUserMachine machine = listen(LONG)) {
            CompletableFuture<@Nullable Throwable> thrown = new CompletableFuture<>();
            CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
            Thread waiter =
                    Thread.ofPlatform()
                            .start(() -> {
                                thrown.complete(
                                        catchThrowable(() -> machine.transport(SimDevice.ECHO)));
                                interrupted.complete(Thread.currentThread().isInterrupted());
                            });
            Thread.sleep(100); // it waits now
            waiter.interrupt();
            assertThat(thrown.join())
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessageContaining("interrupted in the wait");
            assertThat(interrupted.join()).isTrue();
            waiter.join();
        }
    }

    @Test
    void moreMemoryThanThereIsLeavesNoSocket() {
        assertThat(
                        catchThrowable(() ->
                                VhostUserMachine.listen(
                                        socket, DeviceType.NETWORK, (1L << 40) + 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bytes of memory (expected: 1..");
        assertThat(socket).doesNotExist();
    }

    @Test
    void aDriverMayGoAtAnyMomentAndTheNextListensAtTheSamePlace() throws Exception {
        try (SimBackEnd backEnd = SimBackEnd.connect(socket, SimDevice.echo())) {
            for (int life = 1; life <= 10; life++) {
                try (EchoDriver driver = EchoDriver.listening(socket, LONG)) {
                    Virtqueue queue = driver.start();
                    driver.echo(queue, life);
                }
                assertThat(socket).doesNotExist();
            }
            assertThat(backEnd.conversations()).isGreaterThanOrEqualTo(10);
        }
    }

    private static void awaitConversations(SimBackEnd backEnd, int count) throws Exception {
        while (backEnd.conversations() < count) {
            Thread.sleep(1);
        }
    }
}
