package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.e2e.Launcher.Outcome;
import dev.virtq.testing.Prerequisite;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Every way to the device, with every ring, on the QEMU of the container and on that of this
 * computer: the same driver, the same commands.
 */
class WaysToTheDeviceIT {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String PINGS = "net ping 10.0.2.2 -c 5";

    /** A way to the device, and what shows that it was taken. */
    private enum Way {
        PCI_MSIX("q35", "pci", "msix", "pci 00:01.0", "vector 1"),
        PCI_INTX("q35", "pci", "intx", "pci 00:01.0", "line 21"),
        PCI_POLL("q35", "pci", "poll", "pci 00:01.0", "ISR status"),
        MMIO_MICROVM("microvm", "mmio", "intx", "mmio 0xfeb02e00", "line 23"),
        MMIO_VIRT("virt", "mmio", "intx", "mmio 0xa003e00", "line 47");

        private final String machineType;
        private final String transport;
        private final String interrupts;
        private final String location;
        private final String route;

        Way(
                String machineType,
                String transport,
                String interrupts,
                String location,
                String route) {
            this.machineType = machineType;
            this.transport = transport;
            this.interrupts = interrupts;
            this.location = location;
            this.route = route;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"qemu", "qemu-local"})
    void pingsTheGatewayAndIsInterrupted(String machine) throws Exception {
        Machines.require(machine);
        int noticed = 0;
        for (Way way : Way.values()) {
            require(machine, way);
            for (boolean packed : new boolean[] {false, true}) {
                List<String> words =
                        new ArrayList<>(
                                List.of(
                                        "exec",
                                        "--machine",
                                        machine,
                                        "--machine-type",
                                        way.machineType,
                                        "--transport",
                                        way.transport,
                                        "--interrupts",
                                        way.interrupts,
                                        "--spin",
                                        "0s", // else most answers come before anybody sleeps
                                        "--json",
                                        PINGS,
                                        "devices",
                                        "irq",
                                        "regs",
                                        "queue 1"));
                if (packed) {
                    words.add("--packed");
                }
                Outcome outcome = Launcher.virtq(words.toArray(String[]::new));
                String which = "%s %s packed=%s: %s".formatted(machine, way, packed, outcome.err());
                assertThat(outcome.status()).as(which).isZero();
                List<JsonNode> answers = outcome.outLines().stream().map(JSON::readTree).toList();
                assertThat(answers).as(which).hasSize(5);
                assertThat(answers.get(0).findValue("received").asInt()).as(which).isEqualTo(5);
                assertThat(answers.get(1).toString()).as(which).contains(way.location);
                int here = interruptsOn(answers.get(2), way.route);
                assertThat(here).as(which).isNotNegative();
                noticed += here;
                for (JsonNode missed : answers.get(2).get("missed")) {
                    assertThat(missed.get("times").asInt()).as(which).isZero();
                }
                assertThat(answers.get(3).toString()).as(which).contains("DRIVER_OK");
                assertThat(answers.get(4).findValue("format").asString())
                        .as(which)
                        .isEqualTo(packed ? "packed" : "split");
            }
        }
        // Of one run all answers may have come before anybody slept, on a busy computer.
        assertThat(noticed).as("interrupts in all runs").isPositive();
    }

    private static int interruptsOn(JsonNode irq, String route) {
        for (JsonNode found : irq.get("routes")) {
            if (found.get("name").asString().equals(route)) {
                return found.get("count").asInt();
            }
        }
        return -1;
    }

    private static void require(String machine, Way way) {
        if (machine.equals("qemu-local") && way == Way.MMIO_VIRT) {
            Prerequisite.QEMU.check(
                    Files.isExecutable(Path.of("/usr/bin/qemu-system-aarch64")),
                    "no qemu-system-aarch64; apt-get install qemu-system-arm");
        }
    }

    @Test
    void oneQueueIsResetWhileTheOthersRun() throws Exception {
        Machines.require("qemu-local");
        Outcome outcome =
                Launcher.virtq(
                        "exec",
                        "--machine",
                        "qemu-local",
                        "queue 0 send --writable 64",
                        "queue 0 reset",
                        "queue 1 send --readable zero:12 --readable zero:60",
                        "queue 1 poll");
        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.out())
                .contains("queue 0: reset and enabled again; 1 transfer had been with the device")
                .contains("sending 1 on queue 1: used");
    }

    @Test
    void theNetworkDriverGoesOnAfterOneOfItsQueuesWasReset() throws Exception {
        Machines.require("qemu-local");
        Outcome outcome =
                Launcher.virtq(
                        "exec",
                        "--machine",
                        "qemu-local",
                        "net ping 10.0.2.2 -c 1",
                        "queue 0 reset",
                        "queue 1 reset",
                        PINGS);
        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("5 packets transmitted, 5 received");
        assertThat(outcome.err()).doesNotContain("bare hands");
    }

    /** QEMU offers the reset of a queue over MMIO, and does not do it. */
    @Test
    void aQueueResetThatIsNotDoneIsSaidInOneLine() throws Exception {
        Machines.require("qemu-local");
        Outcome outcome =
                Launcher.virtq(
                        "exec",
                        "--machine",
                        "qemu-local",
                        "--machine-type",
                        "microvm",
                        "queue 0 reset");
        assertThat(outcome.status()).isNotZero();
        assertThat(outcome.errLines().getLast())
                .contains("queue 0 is out of use")
                .contains("QueueReset reads 0 and QueueReady 1");
    }
}
