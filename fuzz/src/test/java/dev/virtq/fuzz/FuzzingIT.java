package dev.virtq.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Fuzzes each target, guided by coverage, from the inputs that are kept: the same number of inputs
 * each time, or for {@code -Dvirtq.fuzz.seconds}, and then others each time.
 */
@Execution(ExecutionMode.CONCURRENT)
class FuzzingIT {
    private static final int SECONDS = Integer.getInteger("virtq.fuzz.seconds", 0);
    private static final int SEED =
            Integer.getInteger(
                    "virtq.fuzz.seed",
                    SECONDS == 0 ? 20260408 : (int) (System.nanoTime() >>> 8) & Integer.MAX_VALUE);

    private static final long EXECUTIONS = 20_000;

    /** What takes so long that there are fewer is too slow to be worth much. */
    private static final long FEWEST = 1000;

    /** On a machine that is busy with other things. */
    private static final int MOST_SECONDS = 60;

    @ParameterizedTest
    @EnumSource
    void noInputBreaksWhatMustHold(FuzzTarget target) throws IOException, InterruptedException {
        Path folder = Path.of("target", SECONDS == 0 ? "fuzz" : "fuzz-long", target.folder());
        if (SECONDS == 0) {
            Inputs.empty(folder.resolve(FuzzRun.CORPUS));
        }
        FuzzRun run =
                FuzzRun.of(
                        target.name(),
                        target.title(),
                        folder,
                        new FuzzRun.Limits(
                                SECONDS == 0 ? MOST_SECONDS : SECONDS,
                                SECONDS == 0 ? EXECUTIONS : -1,
                                SEED,
                                List.of(Inputs.folder(target))));
        System.out.println(run.summary() + ", seed " + SEED);
        assertThat(run.finding())
                .as(
                        "%s; keep it: cp %s %s/found-WHAT.bin",
                        target.title(), run.input().orElse(folder), Inputs.folder(target))
                .isEmpty();
        assertThat(run.executions()).isGreaterThan(FEWEST);
        assertThat(run.landmarks().keySet()).containsAll(target.landmarks());
    }
}
