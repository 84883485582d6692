package dev.virtq.benchmarks.stress;

import dev.virtq.queue.ring.DriverFaultException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.J_Result;

/** Virtio 1.4, 2.7.13.3.1#1: who sees the index sees the descriptors, the entry and the bytes. */
@JCStressTest
@Outcome(id = "-1", expect = Expect.ACCEPTABLE, desc = "not yet published")
@Outcome(id = "42", expect = Expect.ACCEPTABLE, desc = "published, and all of it is there")
@Outcome(id = "-2", expect = Expect.FORBIDDEN, desc = "a descriptor that was not there yet")
@Outcome(expect = Expect.FORBIDDEN, desc = "bytes that were not there yet")
@State
public class PublishThenTake {
    private final StressedRing ring = new StressedRing(true);

    /** JCStress makes it. */
    public PublishThenTake() {}

    /** Fills the buffer, writes the descriptor, makes it available. */
    @Actor
    public void driver() {
        ring.bytes.set(StressedRing.LONG, 0, 42);
        ring.driver.stage(ring.driver.reserve(ring.chain));
        ring.driver.publish();
    }

    /**
     * Takes what is there.
     *
     * @param seen the bytes; negative when there are none
     */
    @Actor
    public void device(J_Result seen) {
        try {
            seen.r1 =
                    ring.device.take()
                            ? ring.device.chain().segment(0).get(StressedRing.LONG, 0)
                            : -1;
        } catch (DriverFaultException e) {
            seen.r1 = -2;
        }
    }
}
