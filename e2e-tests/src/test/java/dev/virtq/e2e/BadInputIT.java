package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.e2e.Launcher.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever is wrong is said in one line, with a status that is not 0. */
class BadInputIT {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nett ping 10.0.2.2         | nett",
                "queue 99                   | queue 99",
                "queue 0 send --readable hex:0g | position 6",
                "mem dump 0xfffffffff000 16 | 0xfffffffff000",
                "use nothing                | nothing",
            })
    void eachCommandSaysInOneLineWhatIsWrong(String command, String mentioned) throws Exception {
        Outcome outcome = Launcher.virtq("exec", "--machine", "sim", command);
        assertThat(outcome.status()).isNotZero();
        assertThat(outcome.errLines()).as(outcome.err()).hasSize(1);
        assertThat(outcome.err()).contains(mentioned).doesNotContain("\tat ");
    }

    @Test
    void aMachineWithoutAHoleSaysHowToGetOne() throws Exception {
        Machines.require("qemu-local");
        Outcome outcome =
                Launcher.virtq(
                        "exec", "--machine", "qemu-local", "net ping 10.0.2.2 --across-hole");
        assertThat(outcome.status()).isNotZero();
        assertThat(outcome.errLines()).as(outcome.err()).hasSize(1);
        assertThat(outcome.err()).contains("max-ram-below-4g");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--machine nowhere                            | nowhere",
                "--machine qemu-local --qemu-binary /no/qemu  | /no/qemu",
                "--machine qemu-local --qemu-arg=-nonsense    | nonsense",
                "--machine qemu --image no-such-image:1       | no-such-image:1",
                "--machine sim --memory lots                  | lots",
            })
    void eachMachineThatDoesNotStartSaysInOneLineWhy(String options, String mentioned)
            throws Exception {
        if (options.contains("qemu-local")) {
            Machines.require("qemu-local");
        } else if (options.contains("--machine qemu ")) {
            Machines.require("qemu");
        }
        String[] words = ("exec " + options).trim().split("\\s+");
        String[] all = java.util.Arrays.copyOf(words, words.length + 1);
        all[words.length] = "devices";
        Outcome outcome = Launcher.virtq(all);
        assertThat(outcome.status()).isNotZero();
        assertThat(outcome.errLines()).as(outcome.err()).hasSizeLessThanOrEqualTo(2);
        assertThat(outcome.err()).contains(mentioned).doesNotContain("\tat ");
    }
}
