package dev.virtq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.machine.qemu.LocalQemuProvider;
import dev.virtq.testing.Prerequisite;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Devices that come and go under the commands. */
@Timeout(60)
class HotPlugTest {
    @BeforeAll
    static void requireQemu() {
        Optional<String> missing = new LocalQemuProvider().whatIsMissing();
        Prerequisite.QEMU.check(missing.isEmpty(), missing.orElse(""));
    }

    private static VirtqRun qemu(String... commands) {
        List<String> words = new ArrayList<>(List.of("exec", "--machine", "qemu-local"));
        words.addAll(List.of(commands));
        return VirtqRun.of(words.toArray(String[]::new));
    }

    @Test
    void aDeviceIsPluggedInAndDrivenAndUnpluggedAndPluggedInAgain() {
        VirtqRun run =
                qemu(
                        "device plug net",
                        "use net1",
                        "net ping 10.0.2.2 -c 2 -i 1ms",
                        "devices",
                        "device unplug net1",
                        "net ping 10.0.2.2 -c 1",
                        "device plug net",
                        "use net1",
                        "queue 1 send --readable zero:12 --readable zero:60",
                        "queue 1 poll --wait 1s",
                        "device unplug net1");

        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        assertThat(run.lines())
                .contains(
                        "net1: net at pci 01:00.0, address 52:54:00:12:34:57",
                        "net1: net at pci 01:00.0",
                        "-- net1 is reset: its driver lets go of it",
                        "net1: unplugged",
                        "net1: net at pci 01:00.0, address 52:54:00:12:34:58");
        assertThat(run.out())
                .contains("0% packet loss")
                .containsPattern("\\* +net1 +net +pci 01:00.0 +the network driver");
    }

    @Test
    void programsAreAnsweredInJsonAndTheRingIsAsThatOfTheFirstDevice() {
        VirtqRun run =
                qemu(
                        "--json",
                        "--packed",
                        "device plug net --mac 52:54:00:00:00:07",
                        "use net1",
                        "queue 1",
                        "config",
                        "device unplug net1",
                        "devices");

        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        List<JsonNode> documents = run.documents();
        JsonNode plugged = documents.get(0);
        assertThat(plugged.get("device").asString()).isEqualTo("net1");
        assertThat(plugged.get("type").asString()).isEqualTo("net");
        assertThat(plugged.get("location").asString()).isEqualTo("pci 01:00.0");
        assertThat(plugged.get("mac").asString()).isEqualTo("52:54:00:00:00:07");
        assertThat(documents.get(2).get("format").asString()).isEqualTo("packed");
        assertThat(documents.get(3).get("hex").asString()).startsWith("525400000007");
        assertThat(documents.get(4).get("device").asString()).isEqualTo("net1");
        assertThat(documents.get(5).toString()).contains("net0").doesNotContain("net1");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    device unplug net0             | net0 at pci 00:01.0 cannot be unplugged, since it is in no hot-plug port (those that are: none)
                    device plug net --mac 1:2      | a MAC address is written as 52:54:00:12:34:56, got '1:2'
                    device plug net --mac 53:54:00:12:34:56 | a device's MAC address has an even first byte, got '53:54:00:12:34:56'
                    """)
    void oneLineSaysWhatWasWrong(String command, String line) {
        VirtqRun run = qemu(command);
        assertThat(run.err()).isEqualTo("virtq: " + line + "\n");
        assertThat(run.status()).isEqualTo(1);
    }

    @Test
    void aRefusalLeavesTheDeviceToItsDriver() {
        VirtqRun run = qemu("net ping 10.0.2.2 -c 1", "device unplug net0", "devices");
        assertThat(run.err()).hasLineCount(1);
        assertThat(run.out()).containsPattern("net0 +net +pci 00:01.0 +the network driver");
    }

    @Test
    void portsThatAreFullAndMachinesWithoutOneSaySo() {
        VirtqRun full = qemu("device plug net", "device plug net", "device plug net");
        assertThat(full.err())
                .isEqualTo(
                        "virtq: all 2 hot-plug ports of the machine have a device: unplug one first\n");
        VirtqRun microvm = qemu("--machine-type", "microvm", "device plug net");
        assertThat(microvm.err())
                .isEqualTo(
                        "virtq: devices cannot be plugged into a microvm machine while it runs (expected: a q35)\n");
        assertThat(microvm.status()).isEqualTo(1);
    }
}
