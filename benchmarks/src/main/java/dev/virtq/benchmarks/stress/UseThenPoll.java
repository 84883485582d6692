package dev.virtq.benchmarks.stress;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.queue.ring.DriverRing;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** Virtio 1.4, 2.7.8.2#1, 2.7.8.2#2: who sees the used index sees the length and the bytes. */
@JCStressTest
@Outcome(id = "-1, 0", expect = Expect.ACCEPTABLE, desc = "not yet used")
@Outcome(id = "42, 8", expect = Expect.ACCEPTABLE, desc = "used, and all of it is there")
@Outcome(id = "-2, 0", expect = Expect.FORBIDDEN, desc = "a used entry that was not there yet")
@Outcome(expect = Expect.FORBIDDEN, desc = "a length or bytes that were not there yet")
@State
public class UseThenPoll {
    private final StressedRing ring = new StressedRing(true);
    private final int id = ring.sendToDevice();

    /** JCStress makes it. */
    public UseThenPoll() {}

    /** Writes the buffer, puts it into the used ring. */
    @Actor
    public void device() {
        ring.device.chain().segment(0).set(StressedRing.LONG, 0, 42);
        ring.device.use(id, Long.BYTES);
        ring.device.publish();
    }

    /**
     * Takes what is there.
     *
     * @param seen the bytes, negative when there are none; and the used length
     */
    @Actor
    public void driver(JJ_Result seen) {
        try {
            if (ring.driver.poll() == DriverRing.NOTHING) {
                seen.r1 = -1;
            } else {
                seen.r1 = ring.bytes.get(StressedRing.LONG, 0);
                seen.r2 = ring.driver.usedLength();
            }
        } catch (DeviceFaultException e) {
            seen.r1 = -2;
        }
    }
}
