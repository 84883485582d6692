package dev.virtq.machine.sim.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.TransferTimeoutException;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import dev.virtq.transport.vhostuser.protocol.ProtocolFeature;
import dev.virtq.transport.vhostuser.protocol.Request;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a back end can do to the kicks and calls that it shares: nobody hangs in one. Whoever did
 * could not be interrupted.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BlockingNotificationsTest extends NothingIsLeft {
    private static Stream<Named<Deed>> full() {
        return Stream.of(
                Named.of("full", Deed.FILL_KICKS),
                Named.of(
                        "full, and blocking",
                        (answer, reach) -> {
                            reach.blockNotifications();
                            Deed.FILL_KICKS.done(answer, reach);
                        }));
    }

    @ParameterizedTest
    @MethodSource("full")
    void aFullKickCounterBlocksNobody(Deed deed) throws Exception {
        Script script = HONEST.at(Request.SET_VRING_ENABLE, deed);
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, script);
                EchoDriver driver = new EchoDriver(socket)) {
            Virtqueue queue = driver.start();
            TransferToken token =
                    queue.prepare(BufferList.send(driver.device().memory().allocate(8)));
            long start = System.nanoTime();
            assertThatThrownBy(() -> token.send().await(Duration.ofMillis(100)))
                    .isInstanceOf(TransferTimeoutException.class);
            queue.notifyDevice();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
            assertThat(backEnd.workDone().chains()).isZero();
        }
    }

    /** Both are at zero when a queue begins anew, and to look would be to wait for ever. */
    @Test
    void notificationsThatBlockAreLookedAtFirst() throws Exception {
        Script script =
                HONEST.without(ProtocolFeature.INFLIGHT_SHMFD) // queues are reset alone
                        .at(Request.SET_VRING_ENABLE, Deed.BLOCK_NOTIFICATIONS);
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, script);
                EchoDriver driver = new EchoDriver(socket)) {
            Virtqueue queue = driver.start();
            for (int life = 1; life <= 3; life++) {
                driver.echo(queue, 100);
                driver.device().resetQueue(0);
                assertThat(driver.device().queue(0)).isSameAs(queue);
            }
            assertThat(backEnd.lastTrouble()).isEmpty();
        }
    }
}
