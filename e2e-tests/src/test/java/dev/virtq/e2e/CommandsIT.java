package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.e2e.Launcher.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the README shows, on every machine: in a container, on a local QEMU, and in the process. */
class CommandsIT {
    private static final JsonMapper JSON = new JsonMapper();

    @ParameterizedTest
    @ValueSource(strings = {"qemu", "qemu-local", "sim"})
    void pingsTheGateway(String machine) throws Exception {
        Machines.require(machine);
        Outcome outcome = Launcher.virtq("exec", "--machine", machine, "net ping 10.0.2.2 -c 5");
        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.outLines().stream().filter(line -> line.contains("from 10.0.2.2")))
                .hasSize(5);
        assertThat(outcome.out()).contains("0% packet loss");
    }

    @ParameterizedTest
    @CsvSource({"qemu, split", "qemu, packed", "qemu-local, split", "qemu-local, packed"})
    void aDeviceComesAndGoesWhileTheMachineRuns(String machine, String format) throws Exception {
        Machines.require(machine);
        List<String> words = new ArrayList<>(List.of("exec", "--machine", machine));
        if (format.equals("packed")) {
            words.add("--packed");
        }
        for (int round = 0; round < 2; round++) {
            words.addAll(
                    List.of(
                            "device plug net",
                            "use net1",
                            "net ping 10.0.2.2 -c 3 -i 1ms",
                            "device unplug net1"));
        }
        words.add("net ping 10.0.2.2 -c 1");
        Outcome outcome = Launcher.virtq(words.toArray(String[]::new));
        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.outLines().stream().filter(line -> line.contains("0% packet loss")))
                .hasSize(3);
        assertThat(outcome.outLines().stream().filter(line -> line.equals("net1: unplugged")))
                .hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"qemu", "qemu-local", "sim"})
    void leasesAnAddressAndFetchesAFile(String machine, @TempDir Path folder) throws Exception {
        Machines.require(machine);
        Path served = Files.createDirectory(folder.resolve("served"));
        // The container's QEMU is another user's, and JUnit's folders are its own user's alone.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        byte[] content = new byte[100_000]; // many blocks
        new java.util.Random(7).nextBytes(content);
        Files.write(served.resolve("hello.txt"), content);
        Path got = folder.resolve("out.txt");

        Outcome outcome =
                Launcher.virtq(
                        "exec",
                        "--machine",
                        machine,
                        "--tftp",
                        served.toString(),
                        "net dhcp",
                        "net tftp get /hello.txt -o " + got,
                        "queue 1",
                        "--json");

        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(got).hasBinaryContent(content);
        List<JsonNode> documents = outcome.outLines().stream().map(JSON::readTree).toList();
        assertThat(documents).hasSize(3);
        assertThat(documents.get(0).toString()).contains("10.0.2.15");
        assertThat(documents.get(2).findValue("format").asString()).isEqualTo("split");
    }

    @ParameterizedTest
    @ValueSource(strings = {"qemu", "qemu-local"})
    void aFrameAcrossThePciHoleArrivesWhole(String machine) throws Exception {
        Machines.require(machine);
        Outcome outcome =
                Launcher.virtq(
                        "exec",
                        "--machine",
                        machine,
                        "--memory",
                        "256M",
                        "--qemu-arg=-machine",
                        "--qemu-arg=q35,max-ram-below-4g=128M",
                        "net ping 10.0.2.2 --across-hole");
        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("from 10.0.2.2");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "qemu       | --packed --in-order                     | packed | RING_PACKED IN_ORDER",
                "qemu       | --features -event_idx,+in_order --queue-size 4 | split | IN_ORDER",
                "qemu-local | --packed --queue-size 100               | packed | RING_PACKED EVENT_IDX",
                "qemu-local | --features -indirect_desc,-event_idx    | split  | RING_RESET",
                "sim        | --packed --in-order --queue-size 5      | packed | RING_PACKED IN_ORDER",
                "sim        | --features -event_idx                   | split  | INDIRECT_DESC",
            })
    void theRingIsTheOneThatWasAskedFor(
            String machine, String options, String format, String accepted) throws Exception {
        Machines.require(machine);
        List<String> words = new ArrayList<>(List.of("exec", "--machine", machine, "--json"));
        words.addAll(List.of(options.split(" ", -1)));
        words.addAll(List.of("net ping 10.0.2.2 -c 3 -i 1ms", "queue 1", "features"));

        Outcome outcome = Launcher.virtq(words.toArray(String[]::new));

        assertThat(outcome.status()).as(outcome.err()).isZero();
        List<JsonNode> documents = outcome.outLines().stream().map(JSON::readTree).toList();
        assertThat(documents.get(0).get("received").asInt()).isEqualTo(3);
        assertThat(documents.get(1).get("format").asString()).isEqualTo(format);
        if (options.contains("--queue-size")) {
            assertThat(options).endsWith(" " + documents.get(1).get("size").asInt());
        }
        List<String> names = new ArrayList<>();
        for (JsonNode feature : documents.get(2).get("features")) {
            if (feature.get("accepted").asBoolean()) {
                names.add(feature.get("name").asString());
            }
            assertThat(feature.get("refused").asBoolean())
                    .isEqualTo(
                            options.toUpperCase(Locale.ROOT)
                                    .contains("-" + feature.get("name").asString()));
        }
        assertThat(names).contains(accepted.split(" ", -1));
        assertThat(names.contains("RING_PACKED")).isEqualTo(format.equals("packed"));
    }

    @Test
    void theShellWorksWithoutATerminal() throws Exception {
        Outcome outcome =
                Launcher.virtqWithInput("devices\nqueues\nqueue 0\n", "shell", "--machine", "sim");
        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("net").doesNotContain("\u001b");
    }
}
