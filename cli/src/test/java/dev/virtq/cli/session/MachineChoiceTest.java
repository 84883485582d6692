package dev.virtq.cli.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.cli.value.CommandException;
import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.machine.MachineProvider;
import dev.virtq.machine.sim.SimMachine;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MachineChoiceTest {
    private static final MachineProvider CONTAINER =
            new Provider("qemu", 10, Optional.of("no Docker engine answers; start one"));
    private static final MachineProvider LOCAL = new Provider("qemu-local", 20, Optional.empty());
    private static final MachineProvider SIM = new Provider("sim", 1000, Optional.empty());

    @Test
    void theBestThatCanStartIsTakenAndTheReasonNamesTheBetterOnes() {
        MachineChoice choice = new MachineChoice(List.of(SIM, LOCAL, CONTAINER));

        MachineChoice.Started started = choice.start(Optional.empty(), MachineOptions.DEFAULT);

        try (Machine _ = started.machine()) {
            assertThat(started.reason())
                    .isEqualTo(
                            "a machine called qemu-local, since qemu is missing something: no Docker engine"
                                    + " answers; start one");
        }
    }

    @Test
    void theOneThatWasAskedForIsTakenThoughItIsNotTheBest() {
        MachineChoice choice = new MachineChoice(List.of(SIM, LOCAL));

        MachineChoice.Started started = choice.start(Optional.of("sim"), MachineOptions.DEFAULT);

        try (Machine _ = started.machine()) {
            assertThat(started.reason()).isEqualTo("asked for with --machine");
        }
    }

    @Test
    void oneThatWasAskedForAndCannotStartSaysWhatIsMissing() {
        MachineChoice choice = new MachineChoice(List.of(SIM, CONTAINER));

        assertThatThrownBy(() -> choice.start(Optional.of("qemu"), MachineOptions.DEFAULT))
                .isInstanceOf(CommandException.class)
                .hasMessage(
                        "--machine qemu (a machine called qemu) cannot start here: no Docker engine answers;"
                                + " start one");
    }

    @Test
    void oneWhoseModuleIsMissingNamesTheModule() {
        MachineChoice choice = new MachineChoice(List.of(SIM));

        assertThatThrownBy(() -> choice.start(Optional.of("qemu"), MachineOptions.DEFAULT))
                .hasMessage(
                        "--machine qemu needs the module virtq-machine-container, which is not in this"
                                + " program (there is: sim)");
    }

    @Test
    void oneThatNobodyKnowsIsRefused() {
        MachineChoice choice = new MachineChoice(List.of(SIM, LOCAL));

        assertThatThrownBy(() -> choice.start(Optional.of("bochs"), MachineOptions.DEFAULT))
                .hasMessage("there is no machine 'bochs' (expected: qemu-local, sim)");
    }

    @Test
    void aProgramWithoutMachinesNamesTheModules() {
        assertThatThrownBy(() ->
                        new MachineChoice(List.of())
                                .start(Optional.empty(), MachineOptions.DEFAULT))
                .hasMessageStartingWith(
                        "there is no machine in this program; add one of the modules ");
    }

    @Test
    void nothingThatCanStartNamesWhatIsMissing() {
        assertThatThrownBy(() ->
                        new MachineChoice(List.of(CONTAINER))
                                .start(Optional.empty(), MachineOptions.DEFAULT))
                .hasMessage(
                        "no machine can start here: qemu is missing something: no Docker engine answers;"
                                + " start one");
    }

    private record Provider(String name, int rank, Optional<String> whatIsMissing)
            implements MachineProvider {
        @Override
        public String description() {
            return "a machine called " + name;
        }

        @Override
        public Machine start(MachineOptions options) {
            return SimMachine.start();
        }
    }
}
