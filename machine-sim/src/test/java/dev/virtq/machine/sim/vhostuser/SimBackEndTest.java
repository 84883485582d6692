package dev.virtq.machine.sim.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.VirtioException;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.Virtqueue;
import dev.virtq.transport.vhostuser.protocol.ProtocolFeature;
import dev.virtq.transport.vhostuser.protocol.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A front end and an honest back end, with a socket between. */
class SimBackEndTest extends NothingIsLeft {
    private static final FeatureSet SPLIT = FeatureSet.of(CommonFeature.RING_PACKED);
    private static final FeatureSet PACKED = FeatureSet.EMPTY;

    private static Stream<Arguments> withAndWithoutEachAbility() {
        List<Set<ProtocolFeature>> choices = new ArrayList<>();
        choices.add(HONEST.abilities());
        choices.add(Set.of());
        for (ProtocolFeature one : HONEST.abilities()) {
            choices.add(Set.of(one));
            choices.add(HONEST.without(one).abilities());
        }
        return choices.stream()
                .flatMap(some -> Stream.of(Arguments.of(some, false), Arguments.of(some, true)));
    }

    @ParameterizedTest
    @MethodSource("withAndWithoutEachAbility")
    void whatIsSentComesBackBeforeAndAfterResets(Set<ProtocolFeature> abilities, boolean packed)
            throws Exception {
        Script script =
                HONEST.with(abilities.toArray(ProtocolFeature[]::new))
                        .withholding(packed ? PACKED : SPLIT);
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, script);
                EchoDriver driver = new EchoDriver(socket)) {
            for (int life = 1; life <= 3; life++) {
                Virtqueue queue = driver.start();
                assertThat(driver.device().has(CommonFeature.RING_PACKED)).isEqualTo(packed);
                assertThat(driver.device().has(CommonFeature.ACCESS_PLATFORM)).isFalse();
                driver.echo(queue, 100);
                assertThat(backEnd.workDone().chains()).isEqualTo(100L * life);
                driver.device().reset();
            }
            assertThat(backEnd.lastFault()).isEmpty();
            assertThat(backEnd.lastTrouble()).isEmpty();
            assertThat(backEnd.conversations()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aQueueIsResetAlone(boolean packed) throws Exception {
        try (SimBackEnd backEnd =
                        SimBackEnd.listen(
                                socket,
                                HONEST.without(ProtocolFeature.INFLIGHT_SHMFD)
                                        .withholding(packed ? PACKED : SPLIT));
                EchoDriver driver = new EchoDriver(socket)) {
            Virtqueue queue = driver.start();
            for (int life = 1; life <= 5; life++) {
                driver.echo(queue, 7 * life);
                driver.device().resetQueue(0);
                assertThat(driver.device().queue(0)).isSameAs(queue);
            }
            driver.echo(queue, 100);
            assertThat(backEnd.lastFault()).isEmpty();
            assertThat(backEnd.lastTrouble()).isEmpty();
        }
    }

    @Test
    void aQueueIsNotResetAloneByABackEndThatKeepsAnAccountOfIt() throws Exception {
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, HONEST);
                EchoDriver driver = new EchoDriver(socket)) {
            driver.start();
            assertThat(driver.device().offeredFeatures().contains(CommonFeature.RING_RESET))
                    .isTrue();
            assertThat(driver.device().has(CommonFeature.RING_RESET)).isFalse();
            assertThat(backEnd.lastTrouble()).isEmpty();
        }
    }

    @Test
    void theConfigurationIsReadAndItsChangesAreHeard() throws Exception {
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, SimDevice.echo());
                EchoDriver driver = new EchoDriver(socket)) {
            driver.start();
            assertThat(driver.device().config().length()).isEqualTo(8);
            assertThat(driver.device().config().u32(0)).isEqualTo(0x6f686365); // "echo"
            for (int change = 1; change <= 3; change++) {
                int generation = driver.device().config().generation();
                backEnd.changeConfig((byte) change);
                assertThat(driver.device().transport().configInterrupt().await(5_000_000_000L))
                        .isTrue();
                assertThat(driver.device().config().generation()).isGreaterThan(generation);
                assertThat(driver.device().config().u8(7)).isEqualTo(change);
            }
        }
    }

    @Test
    void aWriteToAReadOnlyConfigurationIsRefused() throws Exception {
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, SimDevice.echo());
                EchoDriver driver = new EchoDriver(socket)) {
            Virtqueue queue = driver.start();
            assertThatThrownBy(() -> driver.device().config().writeU8(0, 1))
                    .isInstanceOf(VirtioException.class)
                    .hasMessageContaining("refused SET_CONFIG (status 1)");
            driver.echo(queue, 10); // that was a no, and nothing is broken
            assertThat(backEnd.lastTrouble()).isEmpty();
        }
    }

    @Test
    void aBackEndInThisProcessSaysWhenItHasEnded() throws Exception {
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, SimDevice.echo());
                EchoDriver driver = new EchoDriver(socket)) {
            Virtqueue queue = driver.start();
            assertThat(driver.device().transport().deviceProvenDead()).isFalse();
            backEnd.hangUp();
            assertThatThrownBy(() -> driver.echo(queue, 1_000_000))
                    .isInstanceOf(DeviceLostException.class);
            assertThat(driver.device().transport().deviceProvenDead()).isTrue();
            driver.closeDevice();
            assertThat(driver.device().memory().quarantined()).isZero();
        }
    }

    @Test
    void oneThatDoesNotIsNotProvenDead() throws Exception {
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, HONEST.unproven());
                EchoDriver driver = new EchoDriver(socket)) {
            Virtqueue queue = driver.start();
            backEnd.hangUp();
            assertThatThrownBy(() -> driver.echo(queue, 1_000_000))
                    .isInstanceOf(DeviceLostException.class);
            assertThat(driver.device().transport().deviceProvenDead()).isFalse();
            driver.closeDevice();
            assertThat(driver.device().memory().quarantined()).isPositive();
        }
    }

    @Test
    void whoeverWaitsIsReleasedWhenTheBackEndGoes() throws Exception {
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, SimDevice.sink());
                EchoDriver driver = new EchoDriver(socket)) {
            Virtqueue queue = driver.start();
            Thread end =
                    Thread.ofPlatform()
                            .start(() -> {
                                LockSupport.parkNanos(200_000_000);
                                backEnd.hangUp();
                            });
            long start = System.nanoTime();
            assertThatThrownBy(() -> queue.poll(Duration.ofSeconds(30)))
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessageContaining("has closed the connection");
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofMillis(1200));
            end.join();
        }
    }

    @Test
    void aBackEndMayGoAtAnyMoment() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 40; round++) {
            SimBackEnd backEnd = SimBackEnd.listen(socket, SimDevice.echo());
            long pause = random.nextInt(1, 8_000_000);
            Thread end =
                    Thread.ofPlatform()
                            .start(() -> {
                                LockSupport.parkNanos(pause);
                                backEnd.close();
                            });
            assertThatThrownBy(this::echoForEver)
                    .as("round %d of seed %d", round, seed)
                    .isInstanceOf(DeviceLostException.class);
            end.join();
            before.assertAllIsBack();
        }
    }

    private void echoForEver() throws InterruptedException {
        try (EchoDriver driver = new EchoDriver(socket)) {
            driver.echo(driver.start(), Integer.MAX_VALUE);
        }
    }

    @Test
    void aFrontEndMayGoAtAnyMomentAndTheNextFindsAFreshDevice() throws Exception {
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, SimDevice.echo())) {
            for (int life = 0; life < 10; life++) {
                try (EchoDriver driver = new EchoDriver(socket)) {
                    Virtqueue queue = driver.start();
                    driver.echo(queue, 1 + life);
                    queue.prepare(BufferList.send(driver.device().memory().allocate(8))).submit();
                    driver.closeTransport(); // without a word
                }
                assertThat(backEnd.workDone().chains()).isEqualTo(1 + life);
            }
            assertThat(backEnd.lastTrouble()).isEmpty();
        }
    }

    @Test
    void aMachineOpensItsDeviceAgainAfterABackEndHasGone() throws Exception {
        for (int life = 0; life < 2; life++) {
            try (SimBackEnd backEnd = SimBackEnd.listen(socket, SimDevice.echo());
                    EchoDriver driver = new EchoDriver(socket)) {
                driver.echo(driver.start(), 10);
                assertThatThrownBy(() -> driver.openAgain())
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("is open (expected: closed before");
                backEnd.hangUp();
                while (driver.device().transport().lost().isEmpty()) {
                    Thread.sleep(1);
                }
                driver.openAgain(); // nobody had closed the other
                assertThat(backEnd.conversations()).isEqualTo(2);
            }
        }
    }

    @Test
    void anotherThreadMayCloseWhileABackEndDoesNotAnswer() throws Exception {
        Script silent = HONEST.at(Request.GET_CONFIG, Deed.SILENT);
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, silent);
                EchoDriver driver = new EchoDriver(socket, Duration.ofSeconds(30))) {
            driver.start();
            CompletableFuture<@Nullable Throwable> asking =
                    CompletableFuture.supplyAsync(
                            () -> catchThrowable(() -> driver.device().config().u8(0)));
            Thread.sleep(100); // it waits for the answer now
            long start = System.nanoTime();
            driver.closeTransport();
            assertThat(asking.join())
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessageContaining("was closed");
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(1));
            assertThat(backEnd.lastTrouble()).isEmpty();
        }
    }

    @Test
    void allAbilitiesAreTested() {
        assertThat(HONEST.abilities())
                .containsExactlyInAnyOrderElementsOf(EnumSet.allOf(ProtocolFeature.class));
    }
}
