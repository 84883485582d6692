package dev.virtq.packed;

import dev.virtq.ring.contract.LostWakeUpsContract;
import dev.virtq.testing.Clause;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Clause("2.8.10")
@SuppressWarnings("JUnitMethodInvoked") // an override names the clause
class LostWakeUpsTest extends LostWakeUpsContract implements PackedRing {
    @Override
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Clause("2.8.22")
    protected void aDriverThatAsksForNotificationsHearsOfWhatHappenedMeanwhile(boolean eventIndex) {
        super.aDriverThatAsksForNotificationsHearsOfWhatHappenedMeanwhile(eventIndex);
    }
}
