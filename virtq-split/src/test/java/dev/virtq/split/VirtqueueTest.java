package dev.virtq.split;

import dev.virtq.ring.contract.QueueContract;
import dev.virtq.testing.Clause;
import org.junit.jupiter.api.Test;

@SuppressWarnings("JUnitMethodInvoked") // an override names the clause
class VirtqueueTest extends QueueContract implements SplitRing {
    @Override
    @Test
    @Clause("2.7.7.1#5")
    protected void interruptsForNothingWakeTheDriverAndItGoesOnWaiting() throws Exception {
        super.interruptsForNothingWakeTheDriverAndItGoesOnWaiting();
    }

    @Override
    @Test
    @Clause("2.7.8.3#1")
    protected void whatTheDeviceWroteBeyondItsLengthIsNotShown() {
        super.whatTheDeviceWroteBeyondItsLengthIsNotShown();
    }
}
