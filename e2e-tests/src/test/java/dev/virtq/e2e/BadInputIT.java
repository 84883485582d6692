package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.e2e.Launcher.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
                "device plug net            | expected: --machine qemu or qemu-local",
                "device unplug net0         | expected: --machine qemu or qemu-local",
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
    @ValueSource(strings = {"qemu", "qemu-local"})
    void aDeviceThatWasThereFromTheStartIsNotUnplugged(String machine) throws Exception {
        Machines.require(machine);
        Outcome outcome = Launcher.virtq("exec", "--machine", machine, "device unplug net0");
        assertThat(outcome.status()).isNotZero();
        assertThat(outcome.errLines()).as(outcome.err()).hasSize(1);
        assertThat(outcome.err()).contains("net0").contains("in no hot-plug port");
    }

    /** QEMU has had the property since 9.1; Debian 12 has 7.2. */
    @Test
    void aQemuThatIsTooOldForInOrderSaysWhichOneIsNot() throws Exception {
        Machines.require("qemu-local");
        Outcome outcome =
                Launcher.virtq("exec", "--machine", "qemu-local", "--in-order", "features");
        if (outcome.status() == 0) {
            assertThat(outcome.out()).containsPattern("IN_ORDER +yes");
        } else {
            assertThat(outcome.errLines()).as(outcome.err()).hasSize(1);
            assertThat(outcome.err()).contains("cannot offer IN_ORDER").contains("since 9.1");
        }
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
                "--machine sim:here                           | nothing belongs behind the colon",
                "--machine vhost-user                         | vhost-user:SOCKET",
                "--machine vhost-user:/no/back-end            | there is no socket at /no/back-end",
                "--machine vhost-user:/no/back-end,type=banana | there is no device type 'banana'",
                "--machine sim --features -evnt_idx           | did you mean: event_idx?",
                "--machine sim --packed --features -ring_packed | RING_PACKED is both asked for and refused",
                "--machine sim --queue-size 5                 | a power of two, 1..32768; or any number of them with --packed",
                "--machine sim --features +sr_iov             | cannot offer SR_IOV",
                "--machine qemu-local --features +notification_data | no property to offer NOTIFICATION_DATA",
                "--machine qemu --packed --queue-size 2048    | 256, 512 or 1024",
                "--machine qemu --machine-type pc98           | expected: q35 with pci, microvm with mmio, virt with mmio",
                "--machine qemu-local --machine-type microvm --transport pci | no machine of type 'microvm' with its devices on pci",
                "--machine sim --transport mmio               | no use for a choice of transport",
                "--machine qemu-local --share /no/folder      | --share /no/folder: there is no such folder",
                "--machine sim --share /no/folder             | --share /no/folder: there is no such folder",
                "--machine sim --spin soon                    | 'soon' is no time",
                "--machine sim --interrupts intx              | no use for a choice of interrupts",
                "--machine qemu-local --interrupts msi        | 'msi' is no way to be interrupted (expected: msix, intx, poll)",
                "--machine qemu --machine-type virt --interrupts msix | devices over MMIO send no messages",
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
