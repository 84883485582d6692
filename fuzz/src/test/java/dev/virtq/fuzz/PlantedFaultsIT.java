package dev.virtq.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The negative control: from no inputs at all, Jazzer finds what was broken on purpose. Here is one
 * fault for each kind of program; those that the inputs at hand find are in {@link KeptInputsTest}.
 */
@Execution(ExecutionMode.CONCURRENT)
class PlantedFaultsIT {
    private static final int MOST_SECONDS = 60; // for a machine that is busy
    private static final long MOST_EXECUTIONS = 500_000;

    @ParameterizedTest
    @EnumSource(
            names = {
                "SPLIT_WITHOUT_ID_CHECK",
                "PACKED_WITHOUT_EVENT_INDEX",
                "PACKED_DEVICE_THAT_GOES_ON",
                "SPLIT_PICTURE_THAT_THROWS",
                "CONFIG_WITHOUT_GENERATION",
                "PCI_WITHOUT_BAR_LIMIT",
                "MMIO_WITHOUT_READY_CHECK",
                "DEVICE_TREE_WITHOUT_SIZE_CHECK",
                "FUSE_WITHOUT_UNIQUE_CHECK",
                "FUSE_CONFIG_WITHOUT_QUEUE_CHECK",
                "FUSE_SERVER_DYING_OF_FILES",
                "NAMES_WITH_REPLACEMENTS",
                "PATHS_STARTING_BY_TEXT",
                "GLOBS_WITH_GREEDY_STARS"
            })
    void aPlantedFaultIsFound(PlantedFault fault) throws IOException, InterruptedException {
        String title = fault.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        Path folder = Path.of("target", "fuzz", "planted", title.replace(' ', '-'));
        Inputs.empty(folder.resolve(FuzzRun.CORPUS));
        FuzzRun run =
                FuzzRun.of(
                        fault.name(),
                        "planted: " + title,
                        folder,
                        new FuzzRun.Limits(MOST_SECONDS, MOST_EXECUTIONS, 20260408, List.of()));
        System.out.println(run.summary());
        assertThat(run.finding()).isPresent();
        assertThat(run.input())
                .hasValueSatisfying(input -> assertThat(Files.exists(input)).isTrue());
    }
}
