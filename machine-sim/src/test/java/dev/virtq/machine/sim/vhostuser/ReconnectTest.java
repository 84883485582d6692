package dev.virtq.machine.sim.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.Recovery;
import dev.virtq.device.TransferReturnedException;
import dev.virtq.device.VirtioDevice;
import dev.virtq.device.VirtioException;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimMachine;
import dev.virtq.machine.sim.device.ServedDevice;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.SharedVirtqueue;
import dev.virtq.queue.Transfer;
import dev.virtq.queue.TransferFuture;
import dev.virtq.queue.TransferState;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import dev.virtq.transport.vhostuser.protocol.ProtocolFeature;
import dev.virtq.transport.vhostuser.protocol.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A driver whose back end goes, and comes again. */
class ReconnectTest extends NothingIsLeft {
    private static final FeatureSet SPLIT = FeatureSet.of(CommonFeature.RING_PACKED);

    /** It dies when it has taken the first chain, and then lives. */
    private static final Script DYING = HONEST.dying(life -> life == 1 ? 1 : 0);

    private static final Script FORGETFUL = DYING.without(ProtocolFeature.INFLIGHT_SHMFD);

    @Test
    void whatIsIdempotentIsSentAgainAndTheRestIsReturned() throws Exception {
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, FORGETFUL);
                ReconnectedDriver driver = new ReconnectedDriver(socket)) {
            Virtqueue queue = driver.queue();
            TransferToken again = driver.prepare(1);
            again.setIdempotent(true);
            TransferToken submittedAgain = driver.prepare(2);
            submittedAgain.setIdempotent(true);
            TransferToken once = driver.prepare(3);
            TransferToken submittedOnce = driver.prepare(4);
            TransferToken detached = driver.prepare(5);
            TransferToken staged = driver.prepare(6);
            Transfer handle = again.send();
            long id = submittedAgain.submit();
            Transfer lost = once.send();
            submittedOnce.submit();
            detached.submit();
            detached.detach();
            queue.flush();
            Transfer later = staged.send();
            driver.awaitLoss();
            driver.device().configurationChanges(); // looks whether it is still there
            assertThatThrownBy(handle::poll).isInstanceOf(DeviceLostException.class);

            assertThat(driver.goOn()).isEqualTo(new Recovery(0, 0, 2, 3));
            assertThat(driver.device().failure()).isEmpty();
            assertThat(detached.state()).isEqualTo(TransferState.CLOSED);
            assertThat(submittedAgain.id()).isEqualTo(id);
            assertThatThrownBy(lost::poll)
                    .isInstanceOf(TransferReturnedException.class)
                    .hasMessage(
                            "the loss of its device ended sending 3 of transfer #%d of queue 0 before the device used it",
                            numberOf(once));
            assertThat(queue.takeReturned()).containsExactly(submittedOnce);
            assertThat(queue.takeReturned()).isEmpty();
            assertThat(staged.state()).isEqualTo(TransferState.STAGED);
            assertThat(ReconnectedDriver.isEcho(handle.await(ReconnectedDriver.LONG), 1)).isTrue();
            assertThat(queue.poll(ReconnectedDriver.LONG)).isSameAs(submittedAgain);
            assertThat(ReconnectedDriver.isEcho(submittedAgain, 2)).isTrue();
            assertThat(ReconnectedDriver.isEcho(later.await(ReconnectedDriver.LONG), 6)).isTrue();
            assertThat(backEnd.workDone().chains()).isEqualTo(3);
            Transfer anew = once.send();
            assertThat(ReconnectedDriver.isEcho(anew.await(ReconnectedDriver.LONG), 3)).isTrue();
        }
    }

    private static int numberOf(TransferToken token) {
        String text = token.toString();
        return Integer.parseInt(text.substring(text.indexOf('#') + 1, text.indexOf(" of")));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBackEndThatKeepsAnAccountIsFollowedByOneThatGoesOn(boolean packed) throws Exception {
        Script script = packed ? DYING : DYING.withholding(SPLIT);
        try (ReconnectedDriver driver = open(script)) {
            List<Transfer> sent = new ArrayList<>();
            try (SimBackEnd first = SimBackEnd.listen(socket, script)) {
                // The other one has gone, so this is the life after it: nothing dies any more.
                driver.awaitLoss();
                driver.goOn();
                first.hangUp();
                driver.awaitLoss();
                for (int i = 0; i < 5; i++) {
                    assertThat(driver.device().failure()).isEmpty();
                    sent.add(driver.prepare(i).send());
                }
                driver.queue().publish(); // to nobody
            }
            try (SimBackEnd second =
                    SimBackEnd.listen(
                            socket, HONEST.withholding(packed ? FeatureSet.EMPTY : SPLIT))) {
                assertThat(driver.goOn()).isEqualTo(new Recovery(0, 5, 0, 0));
                for (int i = 0; i < 5; i++) {
                    TransferToken token = sent.get(i).await(ReconnectedDriver.LONG);
                    assertThat(ReconnectedDriver.isEcho(token, i)).isTrue();
                }
                assertThat(second.workDone().chains()).isEqualTo(5);
                assertThat(second.lastTrouble()).isEmpty();
            }
        }
    }

    /** A driver whose back end has listened, and ended. */
    private ReconnectedDriver open(Script script) throws Exception {
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, script)) {
            ReconnectedDriver driver = new ReconnectedDriver(socket);
            assertThat(backEnd.conversations()).isEqualTo(1);
            return driver;
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anAccountThatIsRefusedIsMadeAnew(boolean packed) throws Exception {
        AtomicInteger accounts = new AtomicInteger();
        Script script =
                (packed ? DYING : DYING.withholding(SPLIT))
                        .at(
                                Request.SET_INFLIGHT_FD,
                                (answer, reach) -> {
                                    boolean refuses = accounts.incrementAndGet() == 2;
                                    (refuses ? Deed.value(1) : Deed.HONEST).done(answer, reach);
                                });
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, script);
                ReconnectedDriver driver = new ReconnectedDriver(socket)) {
            TransferToken token = driver.prepare(7);
            token.setIdempotent(true);
            Transfer transfer = token.send();
            driver.queue().flush();
            driver.awaitLoss();
            assertThat(driver.goOn()).isEqualTo(new Recovery(0, 0, 1, 0));
            assertThat(ReconnectedDriver.isEcho(transfer.await(ReconnectedDriver.LONG), 7))
                    .isTrue();
            assertThat(accounts).hasValue(3);
            assertThat(backEnd.lastFault()).isEmpty();
        }
    }

    /** The old one may still write to the account, to the rings, and to every buffer. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBackEndThatIsNotProvenDeadKeepsTheOldPages(boolean packed) throws Exception {
        List<DmaMemory> seen = new ArrayList<>();
        Script script =
                new Script(
                        (memory, withheld) -> {
                            seen.add(memory);
                            return ServedDevice.of(SimDevice.echo(), memory, withheld);
                        },
                        HONEST.abilities(),
                        packed ? FeatureSet.EMPTY : SPLIT,
                        List.of(),
                        DYING.unproven().ends());
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, script);
                ReconnectedDriver driver = new ReconnectedDriver(socket)) {
            DmaBuffer other = driver.device().memory().allocate(1 << 20);
            other.setInt(12, 77);
            TransferToken token = driver.prepare(3);
            token.setIdempotent(true);
            Transfer transfer = token.send();
            driver.queue().flush();
            driver.awaitLoss();
            List<MemoryMapping> old = seen.getFirst().mappings();
            assertThat(old).isNotEmpty();

            assertThat(driver.goOn()).isEqualTo(new Recovery(0, 0, 1, 0));
            old.forEach(mapping -> mapping.segment().fill((byte) 0xff));
            assertThat(other.intAt(12)).isEqualTo(77);
            assertThat(ReconnectedDriver.isEcho(transfer.await(ReconnectedDriver.LONG), 3))
                    .isTrue();
            for (int i = 0; i < 100; i++) {
                ReconnectedDriver.fill(token, i);
                old.forEach(mapping -> mapping.segment().fill((byte) 0xff));
                token.send().await(ReconnectedDriver.LONG);
                assertThat(ReconnectedDriver.isEcho(token, i)).isTrue();
            }
            old.forEach(mapping -> {
                for (byte each :
                        mapping.segment()
                                .asSlice(0, 4096)
                                .toArray(java.lang.foreign.ValueLayout.JAVA_BYTE)) {
                    assertThat(each).isEqualTo((byte) 0xff);
                }
            });
            assertThat(backEnd.lastFault()).isEmpty();
            seen.clear(); // the memory is mapped as long as anybody has it
        }
    }

    @Test
    void whatWasUsedBeforeTheLossIsCompleted() throws Exception {
        // Taken, used, shown: the next one dies with the second chain.
        Script script =
                HONEST.without(ProtocolFeature.INFLIGHT_SHMFD).dying(life -> life == 1 ? 7 : 0);
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, script);
                ReconnectedDriver driver = new ReconnectedDriver(socket)) {
            Transfer used = driver.prepare(1).send();
            Transfer lost = driver.prepare(2).send();
            driver.queue().flush();
            driver.awaitLoss();
            assertThat(driver.goOn()).isEqualTo(new Recovery(1, 0, 0, 1));
            assertThat(backEnd.conversations()).isEqualTo(2);
            assertThat(ReconnectedDriver.isEcho(used.await(ReconnectedDriver.LONG), 1)).isTrue();
            assertThatThrownBy(lost::poll).isInstanceOf(TransferReturnedException.class);
        }
    }

    @Test
    void aBackEndIsWaitedForAsLongAsWasSaid() throws Exception {
        try (ReconnectedDriver driver = open(HONEST)) {
            driver.awaitLoss();
            long start = System.nanoTime();
            assertThatThrownBy(() -> driver.device().reconnect(Duration.ofMillis(150)))
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessageStartingWith(
                            "no back end answers at " + socket + " within 150 ms: ");
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofMillis(150), Duration.ofSeconds(5));
            CompletableFuture<SimBackEnd> started =
                    CompletableFuture.supplyAsync(() -> {
                        try {
                            Thread.sleep(100);
                            return SimBackEnd.listen(socket, HONEST);
                        } catch (Exception e) {
                            throw new IllegalStateException(e);
                        }
                    });
            driver.goOn();
            try (SimBackEnd backEnd = started.join()) {
                Transfer transfer = driver.prepare(9).send();
                assertThat(ReconnectedDriver.isEcho(transfer.await(ReconnectedDriver.LONG), 9))
                        .isTrue();
                assertThat(backEnd.lastTrouble()).isEmpty();
            }
        }
    }

    @Test
    void waitingForABackEndCanBeInterruptedAndEndsWithTheTransport() throws Exception {
        try (ReconnectedDriver driver = open(HONEST)) {
            driver.awaitLoss();
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> driver.device().reconnect(Duration.ofMinutes(1)))
                    .isInstanceOf(InterruptedException.class);
            CompletableFuture<Void> closing =
                    CompletableFuture.runAsync(() -> {
                        try {
                            Thread.sleep(50);
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                        driver.device().transport().close();
                    });
            assertThatThrownBy(() -> driver.device().reconnect(Duration.ofMinutes(1)))
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessageContaining("was closed");
            closing.join();
        }
    }

    @Test
    void aBackEndThatOffersLessIsRefusedInOneLine() throws Exception {
        try (ReconnectedDriver driver = open(HONEST)) {
            driver.awaitLoss();
            try (SimBackEnd less = SimBackEnd.listen(socket, HONEST.withholding(SPLIT))) {
                driver.device().reconnect(ReconnectedDriver.LONG);
                assertThatThrownBy(driver::setUp)
                        .isInstanceOf(DeviceFaultException.class)
                        .hasMessageContaining("no longer offers RING_PACKED")
                        .hasMessageNotContaining("\n");
                assertThat(driver.device().phase()).isEqualTo(VirtioDevice.Phase.FAILED);
                less.hangUp();
                driver.awaitLoss();
            }
            try (SimBackEnd backEnd = SimBackEnd.listen(socket, HONEST)) {
                driver.goOn();
                driver.prepare(1).send().await(ReconnectedDriver.LONG);
                assertThat(backEnd.lastTrouble()).isEmpty();
            }
        }
    }

    @Test
    void onlyWhatIsLostIsConnectedToAnew() throws Exception {
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, HONEST);
                ReconnectedDriver driver = new ReconnectedDriver(socket)) {
            assertThatThrownBy(() -> driver.device().reconnect(ReconnectedDriver.LONG))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("it is not lost");
            driver.prepare(1).send().await(ReconnectedDriver.LONG);
            driver.device().close();
            assertThatThrownBy(() -> driver.device().reconnect(ReconnectedDriver.LONG))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("is CLOSED");
            assertThat(backEnd.conversations()).isEqualTo(1);
        }
    }

    @Test
    void aDeviceThatEndsWithItsMachineHasNoPlaceToBeFoundAgain() throws Exception {
        VirtioDevice device;
        try (SimMachine machine = SimMachine.builder().device(SimDevice.echo()).start()) {
            device = VirtioDevice.open(machine.transport(SimDevice.ECHO));
        }
        try (device) {
            assertThatThrownBy(() -> device.reconnect(ReconnectedDriver.LONG))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("cannot be connected to again");
        }
    }

    @Test
    void aResetInsteadReturnsEverything() throws Exception {
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, DYING);
                ReconnectedDriver driver = new ReconnectedDriver(socket)) {
            TransferToken token = driver.prepare(1);
            token.setIdempotent(true);
            Transfer transfer = token.send();
            driver.queue().flush();
            driver.awaitLoss();
            driver.device().reconnect(ReconnectedDriver.LONG);
            driver.device().reset();
            assertThatThrownBy(transfer::poll).isInstanceOf(TransferReturnedException.class);
            driver.device().negotiate(List.of());
            driver.device().queue(0);
            driver.device().start();
            Transfer anew = token.send();
            assertThat(ReconnectedDriver.isEcho(anew.await(ReconnectedDriver.LONG), 1)).isTrue();
            assertThat(backEnd.lastTrouble()).isEmpty();
        }
    }

    @Test
    void aDeviceThatIsClosedBeforeItWasDecidedFreesItsMemory() throws Exception {
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, DYING.unproven());
                ReconnectedDriver driver = new ReconnectedDriver(socket)) {
            driver.prepare(1).send();
            driver.queue().flush();
            driver.awaitLoss();
            driver.device().reconnect(ReconnectedDriver.LONG);
            driver.device().close();
            assertThat(driver.device().memory().quarantined()).isZero();
            assertThat(backEnd.lastTrouble()).isEmpty();
        }
    }

    /** What its waiters were told is an answer; what nobody waited for is not. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFutureOfASharedQueueHasOneEnd(boolean waitedFor) throws Exception {
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, FORGETFUL);
                ReconnectedDriver driver = new ReconnectedDriver(socket)) {
            SharedVirtqueue shared = driver.queue().share();
            DmaMemory memory = driver.device().memory();
            TransferToken token =
                    shared.prepare(
                            BufferList.send(memory.allocate(4), memory.allocate(4))
                                    .receive(memory.allocate(8)));
            token.setIdempotent(true);
            ReconnectedDriver.fill(token, 5);
            TransferFuture<TransferToken> future = shared.send(token);
            driver.awaitLoss();
            if (waitedFor) {
                assertThatThrownBy(future::join).hasCauseInstanceOf(DeviceLostException.class);
            }
            Recovery recovery = driver.goOn();
            if (waitedFor) {
                assertThat(recovery).isEqualTo(new Recovery(0, 0, 0, 1));
                assertThat(token.state()).isEqualTo(TransferState.PREPARED);
            } else {
                assertThat(recovery).isEqualTo(new Recovery(0, 0, 1, 0));
                assertThat(ReconnectedDriver.isEcho(future.join(), 5)).isTrue();
            }
            ReconnectedDriver.fill(token, 6);
            assertThat(ReconnectedDriver.isEcho(shared.send(token).join(), 6)).isTrue();
            assertThat(backEnd.workDone().chains()).isEqualTo(waitedFor ? 1 : 2);
        }
    }

    /** Waiters sleep through the loss, or hear of it, while another thread goes on. */
    @Test
    void manyWaitersAreEachToldOnce() throws Exception {
        Random random = new Random(11);
        Script script =
                HONEST.without(ProtocolFeature.INFLIGHT_SHMFD)
                        .dying(life -> life <= 30 ? 1L + random.nextInt(90) : 0);
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, script);
                ReconnectedDriver driver = new ReconnectedDriver(socket)) {
            SharedVirtqueue shared = driver.queue().share();
            List<CompletableFuture<Integer>> users = new ArrayList<>();
            for (int user = 0; user < 4; user++) {
                int number = user;
                users.add(
                        CompletableFuture.supplyAsync(
                                () -> use(driver, shared, number),
                                task -> Thread.ofVirtual().start(task)));
            }
            while (users.stream().anyMatch(user -> !user.isDone())) {
                if (driver.device().transport().lost().isPresent()) {
                    try {
                        driver.goOn();
                    } catch (DeviceLostException e) {
                        continue; // that one has died, too
                    }
                }
                Thread.sleep(1);
            }
            for (CompletableFuture<Integer> user : users) {
                assertThat(user.join()).isEqualTo(1000);
            }
            assertThat(backEnd.conversations()).isGreaterThan(10);
            assertThat(backEnd.lastFault()).isEmpty();
        }
    }

    /** {@return how many echoes were right} */
    private static int use(ReconnectedDriver driver, SharedVirtqueue shared, int user) {
        DmaMemory memory = driver.device().memory();
        TransferToken token =
                shared.prepare(
                        BufferList.send(memory.allocate(4), memory.allocate(4))
                                .receive(memory.allocate(8)));
        token.setIdempotent(user % 2 == 0);
        int right = 0;
        for (int i = 0; i < 1000; i++) {
            ReconnectedDriver.fill(token, i);
            TransferToken done = null;
            while (done == null) {
                try {
                    done = shared.send(token).join();
                } catch (VirtioException | CompletionException e) {
                    while (token.state().isWithDevice()) { // until it is returned
                        LockSupport.parkNanos(100_000);
                    }
                }
            }
            right += ReconnectedDriver.isEcho(done, i) ? 1 : 0;
        }
        return right;
    }
}
