package dev.virtq.split;

import dev.virtq.ring.contract.LostWakeUpsContract;
import dev.virtq.testing.Clause;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("JUnitMethodInvoked") // an override names the clause
class LostWakeUpsTest extends LostWakeUpsContract implements SplitRing {
    @Override
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Clause("2.7.14")
    protected void aDriverThatAsksForNotificationsHearsOfWhatHappenedMeanwhile(boolean eventIndex) {
        super.aDriverThatAsksForNotificationsHearsOfWhatHappenedMeanwhile(eventIndex);
    }

    @Override
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Clause({"2.7.7.1#5", "2.7.10.2#5"})
    protected void aSpuriousNotificationFindsNothingAndDoesNoHarm(boolean eventIndex) {
        super.aSpuriousNotificationFindsNothingAndDoesNoHarm(eventIndex);
    }
}
