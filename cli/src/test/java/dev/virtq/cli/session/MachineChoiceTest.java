package dev.virtq.cli.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.cli.value.CommandException;
import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.machine.MachineProvider;
import dev.virtq.machine.sim.SimMachine;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MachineChoiceTest {
    private static final MachineProvider CONTAINER =
            new Provider("qemu", 10, Optional.of("no Docker engine answers; start one"));
    private static final MachineProvider LOCAL = new Provider("qemu-local", 20, Optional.empty());
    private static final MachineProvider SIM = new Provider("sim", 1000, Optional.empty());

    private static final Provider FOUND =
            new Provider("vhost-user", 1, Optional.empty(), Optional.of("SOCKET"));

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
    void oneThatWasMistypedIsGuessed() {
        MachineChoice choice = new MachineChoice(List.of(SIM, FOUND));

        assertThatThrownBy(() ->
                        choice.start(Optional.of("vhost_user:/run/x"), MachineOptions.DEFAULT))
                .hasMessage(
                        "there is no machine 'vhost_user' (expected: vhost-user, sim; did you mean:"
                                + " vhost-user?)");
    }

    @Test
    void oneThatIsFoundIsToldWhatStandsBehindTheColon() {
        Provider found = new Provider("vhost-user", 9999, Optional.empty(), Optional.of("SOCKET"));
        MachineChoice choice = new MachineChoice(List.of(SIM, found));

        try (Machine _ =
                choice.start(Optional.of("vhost-user:/run/a:b"), MachineOptions.DEFAULT)
                        .machine()) {
            assertThat(found.started.getFirst().location()).contains("/run/a:b");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"vhost-user", "vhost-user:"})
    void oneThatIsFoundMustBeToldWhere(String words) {
        MachineChoice choice = new MachineChoice(List.of(SIM, FOUND));

        assertThatThrownBy(() -> choice.start(Optional.of(words), MachineOptions.DEFAULT))
                .hasMessage(
                        "--machine vhost-user does not say where it is (expected: vhost-user:SOCKET)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sim:", "sim:foo"})
    void oneThatIsStartedIsNowhereYet(String words) {
        MachineChoice choice = new MachineChoice(List.of(SIM, FOUND));

        assertThatThrownBy(() -> choice.start(Optional.of(words), MachineOptions.DEFAULT))
                .hasMessage(
                        "--machine %s: nothing belongs behind the colon (expected: sim)", words);
    }

    @Test
    void oneThatIsFoundIsNeverTheBestChoice() {
        MachineChoice choice = new MachineChoice(List.of(FOUND, CONTAINER));

        assertThatThrownBy(() -> choice.start(Optional.empty(), MachineOptions.DEFAULT))
                .hasMessageStartingWith("no machine can start here: qemu is missing something")
                .hasMessageNotContaining("vhost-user");
        try (Machine _ =
                new MachineChoice(List.of(FOUND, SIM))
                        .start(Optional.empty(), MachineOptions.DEFAULT)
                        .machine()) {
            assertThat(FOUND.started).isEmpty();
        }
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

    private record Provider(
            String name,
            int rank,
            Optional<String> whatIsMissing,
            Optional<String> locationSyntax,
            List<MachineOptions> started)
            implements MachineProvider {
        Provider(String name, int rank, Optional<String> whatIsMissing) {
            this(name, rank, whatIsMissing, Optional.empty());
        }

        Provider(
                String name,
                int rank,
                Optional<String> whatIsMissing,
                Optional<String> locationSyntax) {
            this(name, rank, whatIsMissing, locationSyntax, new ArrayList<>());
        }

        @Override
        public String description() {
            return "a machine called " + name;
        }

        @Override
        public Machine start(MachineOptions options) {
            started.add(options);
            return SimMachine.start();
        }
    }
}
