package dev.virtq.machine.sim.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.Recovery;
import dev.virtq.device.TransferReturnedException;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.queue.Transfer;
import dev.virtq.queue.TransferState;
import dev.virtq.queue.TransferToken;
import dev.virtq.transport.vhostuser.protocol.ProtocolFeature;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Back ends die at random steps, one after the other, with whatever is on its way: each sending has
 * one end, and it is the right one. What a seed stands for is in its bits: ring format, order,
 * batches, whether an account is kept, and whether ends are proven.
 */
@Timeout(120)
class RandomDeathsTest extends NothingIsLeft {
    private static final int TOKENS = 5;
    private static final int LIVES = 40;

    /** A sending that has not come to its end. */
    private record Open(TransferToken token, @Nullable Transfer handle, int value) {}

    private final Map<Long, Open> open = new HashMap<>();
    private final List<TransferToken> idle = new ArrayList<>();
    private int sent;
    private int completed;
    private int returned;
    private int resumed;
    private int sentAgain;

    private static LongStream seeds() {
        return LongStream.range(0, 64);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void eachSendingHasOneEnd(long seed) throws Exception {
        Random random = new Random(seed);
        boolean account = (seed & 8) != 0;
        boolean proven = (seed & 16) != 0;
        Script script = script(seed, random, account, proven);
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, script);
                ReconnectedDriver driver = new ReconnectedDriver(socket)) {
            for (int i = 0; i < TOKENS; i++) {
                TransferToken token = driver.prepare(0);
                token.setIdempotent(i % 2 == 0);
                idle.add(token);
            }
            while (backEnd.conversations() <= LIVES || sent < 10 * LIVES) {
                try {
                    driver.device().configurationChanges(); // looks whether it is still there
                    send(driver, random);
                    collect(driver);
                } catch (DeviceLostException e) {
                    goOn(driver, account && proven);
                }
            }
            driver.queue().flush();
            while (!open.isEmpty()) {
                collect(driver);
                Thread.onSpinWait();
            }
            assertThat(completed + returned).isEqualTo(sent);
            assertThat(backEnd.lastFault()).isEmpty();
            assertThat(backEnd.lastTrouble()).isEmpty();
            assertThat(resumed > 0).isEqualTo(account && proven);
            if (!account || !proven) {
                assertThat(sentAgain).isPositive();
            } else if ((seed & 1) == 0) {
                assertThat(sentAgain).isZero(); // a split ring can always be resumed
            }
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("seed " + seed + ", open: " + open, e);
        } finally {
            idle.clear(); // a token holds memory
        }
    }

    private static Script script(long seed, Random random, boolean account, boolean proven) {
        long[] steps = new long[LIVES + 2];
        for (int life = 1; life <= LIVES; life++) {
            steps[life] = 1L + random.nextInt(60);
        }
        SimDevice device = SimDevice.echo();
        if ((seed & 4) != 0) {
            device = device.inBatchesOf(3);
        }
        FeatureSet withheld = FeatureSet.EMPTY;
        if ((seed & 1) == 0) {
            withheld = withheld.with(CommonFeature.RING_PACKED);
        }
        if ((seed & 2) == 0) {
            withheld = withheld.with(CommonFeature.IN_ORDER);
        }
        Script script =
                Script.honest(device)
                        .withholding(withheld)
                        .dying(life -> life < steps.length ? steps[life] : 0);
        script = account ? script : script.without(ProtocolFeature.INFLIGHT_SHMFD);
        return proven ? script : script.unproven();
    }

    private void send(ReconnectedDriver driver, Random random) {
        while (!idle.isEmpty() && random.nextInt(3) > 0) {
            TransferToken token = idle.remove(random.nextInt(idle.size()));
            int value = random.nextInt();
            ReconnectedDriver.fill(token, value);
            boolean staged = false;
            try {
                Transfer handle = null;
                if (random.nextBoolean()) {
                    handle = token.send();
                } else {
                    token.submit();
                }
                staged = true;
                assertThat(open.put(token.id(), new Open(token, handle, value))).isNull();
                sent++;
            } finally {
                if (!staged) {
                    idle.add(token); // the device was known to be lost
                }
            }
        }
        if (random.nextBoolean()) {
            driver.queue().flush();
        }
    }

    private void collect(ReconnectedDriver driver) {
        TransferToken token;
        while ((token = driver.queue().poll()) != null) {
            complete(token.id());
        }
        for (Long id : List.copyOf(open.keySet())) {
            Open one = open.get(id);
            if (one != null && one.handle != null && one.handle.poll()) {
                complete(id);
            }
        }
    }

    private void complete(long id) {
        Open one = end(id);
        assertThat(ReconnectedDriver.isEcho(one.token, one.value)).isTrue();
        idle.add(one.token);
        completed++;
    }

    private void goOn(ReconnectedDriver driver, boolean resumes) throws Exception {
        driver.awaitLoss();
        List<Open> staged =
                open.values().stream()
                        .filter(one -> one.token.state() == TransferState.STAGED)
                        .toList();
        int toBeReturned = 0;
        int inFlight = driver.queue().inFlight();
        while (true) {
            driver.device().reconnect(ReconnectedDriver.LONG);
            try {
                Recovery recovery = driver.setUp();
                assertThat(sum(recovery)).isEqualTo(inFlight);
                toBeReturned += recovery.returned();
                resumed += recovery.resumed();
                sentAgain += recovery.sentAgain();
                driver.device().start();
                break;
            } catch (DeviceLostException e) { // that one has died, too
                driver.awaitLoss();
                inFlight = driver.queue().inFlight();
            }
        }
        assertThat(resumes || resumed == 0).isTrue();
        assertThat(staged).allMatch(one -> one.token.state() == TransferState.STAGED);
        int before = returned;
        for (TransferToken token : driver.queue().takeReturned()) {
            giveUp(token.id());
        }
        for (Open one : List.copyOf(open.values())) {
            if (one.handle != null && isReturned(one.handle)) {
                giveUp(one.handle.id());
            }
        }
        assertThat(returned - before).isEqualTo(toBeReturned);
    }

    private static int sum(Recovery recovery) {
        return recovery.completed()
                + recovery.resumed()
                + recovery.sentAgain()
                + recovery.returned();
    }

    private static boolean isReturned(Transfer handle) {
        if (handle.token().state() != TransferState.PREPARED) {
            return false;
        }
        assertThatThrownBy(handle::poll)
                .isInstanceOf(TransferReturnedException.class)
                .hasMessageStartingWith("the loss of its device ended sending");
        return true;
    }

    private Open end(long id) {
        Open one = open.remove(id);
        if (one == null) {
            throw new AssertionError("sending " + id + " has ended already");
        }
        return one;
    }

    private void giveUp(long id) {
        Open one = end(id);
        assertThat(one.token.isIdempotent()).isFalse();
        assertThat(one.token.state()).isEqualTo(TransferState.PREPARED);
        idle.add(one.token);
        returned++;
    }
}
