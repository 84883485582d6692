package dev.virtq.benchmarks.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.virtq.device.DeviceType;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.machine.sim.SimMachine;
import dev.virtq.machine.sim.SimNetwork;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On a simulated network that does, once, what no network of the soak may do. */
@Timeout(60)
class ReflectionsTest {
    private static final int COUNT = 5_000;
    private static final Duration HOUR = Duration.ofHours(1);

    private final NumberedFrames frames = new NumberedFrames(Reflections.WINDOW);
    private long seen;

    @ParameterizedTest
    @ValueSource(strings = {"split", "split in_order", "packed", "packed in_order"})
    void allComeBackFromANetworkThatReflects(String ring) {
        run(ring, (frame, replies) -> replies.accept(frame), COUNT, HOUR);
        assertThat(frames.sent()).isEqualTo(COUNT);
        assertThat(frames.back()).isEqualTo(COUNT);
    }

    @Test
    void theyMayComeBackInAnotherOrder() {
        MemorySegment kept = MemorySegment.ofArray(new byte[Reflections.BYTES]);
        run(
                "packed",
                (frame, replies) -> {
                    if (seen++ % 2 == 0) {
                        kept.copyFrom(frame);
                    } else {
                        replies.accept(frame);
                        replies.accept(kept);
                    }
                },
                COUNT,
                HOUR);
        assertThat(frames.back()).isEqualTo(COUNT);
    }

    @Test
    void anEndOfTimeIsAnEndOfSending() {
        run("split", (frame, replies) -> replies.accept(frame), Long.MAX_VALUE, Duration.ZERO);
        assertThat(frames.sent()).isPositive();
        assertThat(frames.back()).isEqualTo(frames.sent());
    }

    @Test
    void oneThatIsLostIsFound() {
        assertThatIllegalStateException()
                .isThrownBy(() ->
                        run(
                                "split",
                                (frame, replies) -> {
                                    if (seen++ != 1_000) {
                                        replies.accept(frame);
                                    }
                                },
                                COUNT,
                                HOUR))
                .withMessageContaining("frames are lost")
                .withMessageContaining("[1000]");
    }

    @Test
    void oneThatComesTwiceIsFound() {
        assertThatIllegalStateException()
                .isThrownBy(() ->
                        run(
                                "packed",
                                (frame, replies) -> {
                                    replies.accept(frame);
                                    if (seen++ == 1_000) {
                                        replies.accept(frame);
                                    }
                                },
                                COUNT,
                                HOUR))
                .withMessage("frame 1000 came back twice");
    }

    @Test
    void oneThatIsChangedIsFound() {
        assertThatIllegalStateException()
                .isThrownBy(() ->
                        run(
                                "split",
                                (frame, replies) -> {
                                    byte[] bytes = frame.toArray(ValueLayout.JAVA_BYTE);
                                    bytes[16] ^= seen++ == 1_000 ? 1 : 0;
                                    replies.accept(MemorySegment.ofArray(bytes));
                                },
                                COUNT,
                                HOUR))
                .withMessageContaining("with the number 1001 came back");
    }

    @Test
    void oneThatIsCutOffIsFound() {
        assertThatIllegalStateException()
                .isThrownBy(() ->
                        run(
                                "split",
                                (frame, replies) ->
                                        replies.accept(frame.asSlice(0, Reflections.BYTES - 1)),
                                COUNT,
                                HOUR))
                .withMessageContaining("a frame of 63 bytes");
    }

    private void run(String ring, SimNetwork network, long count, Duration time) {
        try (SimMachine machine = SimMachine.builder().network(network).start();
                NetDevice net =
                        NetDevice.open(
                                machine.transport(DeviceType.NETWORK),
                                Ring.named(java.util.List.of(ring)).options())) {
            new Reflections(net, frames, Duration.ofSeconds(1)).run(count, time);
        }
    }
}
