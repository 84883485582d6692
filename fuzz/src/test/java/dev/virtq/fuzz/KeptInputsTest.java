package dev.virtq.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs the inputs that are kept, without Jazzer: here one that breaks something can be debugged.
 */
class KeptInputsTest {
    @ParameterizedTest
    @EnumSource
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void theyBreakNothingAndLeadToEveryPlace(FuzzTarget target) throws IOException {
        Landmarks.clear();
        target.run(new byte[0]);
        for (Path input : Inputs.of(target)) {
            try {
                target.run(Files.readAllBytes(input));
            } catch (AssertionError | RuntimeException broken) {
                throw new AssertionError("%s breaks %s".formatted(input, target.title()), broken);
            }
        }
        assertThat(Landmarks.reached().keySet()).containsAll(target.landmarks());
    }

    @ParameterizedTest
    @EnumSource
    void oneOfThemFindsAPlantedFault(PlantedFault fault) throws IOException {
        int found = 0;
        for (Path input : Inputs.of(fault.target())) {
            try {
                fault.run(Files.readAllBytes(input));
            } catch (AssertionError | RuntimeException expected) {
                found++;
            }
        }
        assertThat(found).isPositive();
    }
}
