package dev.virtq.benchmarks.stress;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * Why there is a full fence: {@link KickAgainstSleepingDeviceByFlag} with the same stores and loads
 * and without it loses notifications, on x86, too. A release store and a later acquire load of
 * another place may change places.
 */
@JCStressTest
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "one too many")
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "the driver notifies")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "the device looks again")
@Outcome(
        id = "false, false",
        expect = Expect.ACCEPTABLE_INTERESTING,
        desc = "a lost notification, as the ring would lose it without its fence")
@State
public class KickWithoutTheFence {
    private static final VarHandle SHORT = ValueLayout.JAVA_SHORT.varHandle();
    private static final long INDEX = 0;
    private static final long FLAGS = 128;

    private final MemorySegment ring = Arena.ofAuto().allocate(256, 128);

    /** The device starts awake: its flag says that notifications are not needed. */
    public KickWithoutTheFence() {
        SHORT.set(ring, FLAGS, (short) 1);
    }

    /**
     * Publishes, then looks at the flag.
     *
     * @param result first: whether the driver notifies
     */
    @Actor
    public void driver(ZZ_Result result) {
        SHORT.setRelease(ring, INDEX, (short) 1);
        result.r1 = (short) SHORT.getOpaque(ring, FLAGS) == 0;
    }

    /**
     * Asks for notifications, then looks again.
     *
     * @param result second: whether the device stays awake
     */
    @Actor
    public void device(ZZ_Result result) {
        SHORT.setOpaque(ring, FLAGS, (short) 0);
        result.r2 = (short) SHORT.getAcquire(ring, INDEX) != 0;
    }
}
