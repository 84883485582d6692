package dev.virtq.machine.sim.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.Recovery;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.drivers.net.NetOptions;
import dev.virtq.machine.sim.device.ServedDevice;
import dev.virtq.transport.vhostuser.VhostUserMachine;
import dev.virtq.transport.vhostuser.protocol.ProtocolFeature;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The network driver, whose back end dies again and again. */
class NetReconnectTest extends NothingIsLeft {
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final int LIVES = 50;
    private static final int WINDOW = 8;

    /**
     * Frames come back from the other end of the wire. Where the next back end goes on with what
     * the last one has begun, none is lost, and one may come twice; else none comes twice.
     */
    @ParameterizedTest(name = "packed {0}, in order {1}, with an account {2}")
    @CsvSource({
        "false, false, false",
        "false, true, false",
        "true, false, false",
        "true, true, false",
        "false, false, true",
        "false, true, true",
    })
    void framesGoOn(boolean packed, boolean inOrder, boolean account) throws Exception {
        Random random = new Random(3);
        FeatureSet withheld = FeatureSet.EMPTY;
        withheld = packed ? withheld : withheld.with(CommonFeature.RING_PACKED);
        withheld = inOrder ? withheld : withheld.with(CommonFeature.IN_ORDER);
        Script script =
                Script.honest((memory, less) ->
                                ServedDevice.of(
                                        (frame, replies) -> replies.accept(frame), memory, less))
                        .withholding(withheld)
                        .dying(life -> life <= LIVES ? 1L + random.nextInt(80) : 0);
        if (!account) {
            script = script.without(ProtocolFeature.INFLIGHT_SHMFD);
        }
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, script);
                VhostUserMachine machine =
                        VhostUserMachine.of(socket, DeviceType.NETWORK, 8 << 20);
                NetDevice net =
                        NetDevice.open(
                                machine.transport(DeviceType.NETWORK),
                                NetOptions.DEFAULT.withBuffers(32, 16))) {
            int lost = 0;
            int next = 0;
            int[] seen = new int[1 << 20];
            int received = 0;
            while (backEnd.conversations() <= LIVES || next < 4000) {
                try {
                    net.device().configurationChanges();
                    for (int i = 0; i < WINDOW; i++) {
                        if (net.offer(frame(next))) {
                            next++;
                        }
                    }
                    net.flush();
                    MemorySegment frame;
                    while ((frame = net.receive(Duration.ZERO)) != null) {
                        seen[numberIn(frame)]++;
                        received++;
                    }
                } catch (DeviceLostException e) {
                    lost += reconnect(net);
                }
            }
            MemorySegment last;
            while ((last = net.receive(Duration.ofMillis(100))) != null) {
                seen[numberIn(last)]++;
                received++;
            }
            assertThat(received).isGreaterThan(1000);
            for (int i = 0; i < next; i++) {
                assertThat(seen[i]).as("frame %d", i).isLessThanOrEqualTo(account ? 3 : 1);
            }
            assertThat(lost > 0).isEqualTo(!account);
            assertThat(backEnd.lastFault()).isEmpty();
            assertThat(backEnd.lastTrouble()).isEmpty();
        }
    }

    /** {@return how many frames are given up} */
    private static int reconnect(NetDevice net) throws InterruptedException {
        int lost = 0;
        boolean lives = false;
        while (!lives) {
            while (net.device().transport().lost().isEmpty()) {
                Thread.sleep(1);
            }
            try {
                int lostNow = net.reconnect(LONG);
                Recovery recovery = net.device().recovery().orElseThrow();
                assertThat(recovery.returned()).isGreaterThanOrEqualTo(lostNow);
                lost += lostNow;
                lives = true;
            } catch (DeviceLostException e) {
                lives = false; // that one has died, too
            }
        }
        return lost;
    }

    private static MemorySegment frame(int number) {
        MemorySegment frame = MemorySegment.ofArray(new byte[60]);
        frame.fill((byte) number);
        frame.set(ValueLayout.JAVA_INT_UNALIGNED, 14, number);
        return frame;
    }

    private static int numberIn(MemorySegment frame) {
        int number = frame.get(ValueLayout.JAVA_INT_UNALIGNED, 14);
        assertThat(frame.byteSize()).isGreaterThanOrEqualTo(60);
        assertThat(frame.asSlice(0, 60).mismatch(frame(number))).isEqualTo(-1);
        return number;
    }
}
