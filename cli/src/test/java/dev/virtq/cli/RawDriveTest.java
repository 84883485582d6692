package dev.virtq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.cli.session.MachineChoice;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Driving queues by hand, on the simulated device. */
class RawDriveTest {
    /** A virtio-net header, and a broadcast ARP request for 10.0.2.2 from 10.0.2.15. */
    private static final String ASK =
            "queue transmitq1 send -r zero:12 -r 'hex:ffffffffffff 525400123456 0806"
                    + " 0001 0800 06 04 0001 525400123456 0a00020f 000000000000 0a000202'";

    @Test
    void aFrameGoesOutAndItsAnswerComesIn() {
        VirtqRun run =
                VirtqRun.sim(
                        "queue 0 send --writable 1K",
                        ASK,
                        "queue 1 poll --wait 5s",
                        "queue 0 poll --wait 5s",
                        "--json");

        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        JsonNode receive = run.documents().get(0);
        assertThat(receive.get("queue").asInt()).isZero();
        assertThat(receive.get("writable").asInt()).isEqualTo(1);
        JsonNode sent = run.documents().get(2).get("completions").get(0);
        assertThat(sent.get("written").asInt()).isZero();
        JsonNode answer = run.documents().get(3).get("completions").get(0);
        assertThat(answer.get("written").asInt()).isGreaterThanOrEqualTo(12 + 42);
        assertThat(answer.get("received").get(0).asString().substring(2 * 12))
                .as("an ARP reply to us, behind the header")
                .startsWith("52540012345652550a0002020806");
    }

    @Test
    void aHexDumpShowsWhatCameIn() {
        VirtqRun run = VirtqRun.sim("queue 0 send --writable 1K", ASK, "queue 0 poll --wait 5s");

        assertThat(run.out())
                .contains("-- net0 is brought up for bare hands: 2 queues, accepted ")
                .contains("sending 1 on queue 0: used, ")
                .contains("  00000000  00 00 00 00 00 00 00 00  00 00 01 00 52 54 00 12  |");
    }

    @Test
    void theConfigurationSpaceIsShownByteByByte() {
        VirtqRun run = VirtqRun.sim("config", "config 0 6", "config 6 2 --json");

        assertThat(run.status()).isZero();
        assertThat(run.out())
                .contains("net0: configuration space of ")
                .contains("  00000000  52 54 00 12 34 56 ");
    }

    @Test
    void whatIsOutsideTheConfigurationSpaceIsOneLine() {
        VirtqRun run = VirtqRun.sim("config 0 64K", "config 1M");

        assertThat(run.status()).isNotZero();
        assertThat(run.err().lines())
                .hasSize(2)
                .allMatch(line -> line.contains("configuration space of net0"));
    }

    @Test
    void aSendingWithoutAKickLeavesTheChainForALaterOne() {
        VirtqRun run =
                VirtqRun.with(
                        new MachineChoice(List.of(new SteppedSim())),
                        "",
                        "exec",
                        "queue 1 send --readable zero:12 --readable zero:60 --no-kick",
                        "queue 1 poll --wait 1ms",
                        "queue 1",
                        "queue 1 kick",
                        "--json");

        assertThat(run.status()).isZero();
        assertThat(run.documents().get(0).get("kicked").asBoolean()).isFalse();
        assertThat(run.documents().get(1).get("completions")).isEmpty();
        assertThat(run.documents().get(1).get("inFlight").asInt()).isEqualTo(1);
        assertThat(run.documents().get(2).get("nextKick").get("chains").asInt()).isEqualTo(1);
        assertThat(run.documents().get(3).get("chains").asInt()).isEqualTo(1);
        assertThat(run.documents().get(3).get("published").asInt()).isZero();
    }

    @Test
    void aFullQueueSaysSoAndTheShellGoesOn() {
        StringBuilder script = new StringBuilder();
        for (int i = 0; i < 5; i++) {
            script.append("queue 0 send -w 64\n");
        }
        script.append("queues\n");

        VirtqRun run =
                VirtqRun.reading(
                        script.toString(), "shell", "--machine", "sim", "--queue-size", "4");

        assertThat(run.err()).hasLineCount(1).contains("the queue is full");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).contains("transmitq1");
    }

    @Test
    void nothingToPollIsNoError() {
        VirtqRun run = VirtqRun.sim("queue 1 poll");

        assertThat(run.status()).isZero();
        assertThat(run.out()).endsWith("queue 1: nothing is used; 0 transfers with the device\n");
    }

    @Test
    void takingOverFromTheNetworkDriverResetsTheDeviceAndSaysSo() {
        VirtqRun run =
                VirtqRun.sim(
                        "net arp 10.0.2.2",
                        "queue 0 send -w 64",
                        "status --json",
                        "net arp 10.0.2.2",
                        "devices --json");

        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        assertThat(run.out())
                .contains("-- net0 is reset: bare hands take it over from the network driver\n")
                .contains("\"driver\":\"raw\"")
                .contains("-- net0 is reset: the network driver takes it over from bare hands\n")
                .contains("\"driver\":\"net\"");
    }

    @Test
    void aResetLeavesTheDeviceToNobody() {
        VirtqRun run = VirtqRun.sim("queues", "reset", "status", "--json");

        assertThat(run.documents().get(1).get("status").asInt()).isZero();
        assertThat(run.documents().get(2).get("driver").asString()).isEqualTo("nobody");
    }

    @Test
    void aDeviceThatNeedsAResetSaysSoAndAResetHelps() {
        VirtqRun run =
                VirtqRun.reading(
                        """
                        queue 1 send -r hex:00
                        queue 1 poll --wait 5s
                        status
                        reset
                        queue 1 poll
                        """,
                        "shell",
                        "--machine",
                        "sim");

        assertThat(run.err())
                .hasLineCount(1)
                .contains("DEVICE_NEEDS_RESET")
                .endsWith("; 'reset' begins anew\n");
        assertThat(run.out())
                .contains("net0: status 0x4f, driven by bare hands\n")
                .contains("net0: reset, status 0x00\n")
                .endsWith("queue 1: nothing is used; 0 transfers with the device\n");
    }

    @Test
    void theStatusIsReadWithoutTouchingTheDevice() {
        VirtqRun run = VirtqRun.sim("status", "queues", "status", "--json");

        assertThat(run.documents().get(0).get("status").asInt()).isZero();
        assertThat(run.documents().get(2).get("bits").valueStream().map(JsonNode::asString))
                .containsExactly("ACKNOWLEDGE", "DRIVER", "DRIVER_OK", "FEATURES_OK");
    }

    @Test
    void featuresHaveNamesAndRequirements() {
        JsonNode answer = VirtqRun.sim("features --json").documents().getFirst();

        JsonNode versionOne =
                answer.get("features")
                        .valueStream()
                        .filter(feature -> feature.get("bit").asInt() == 32)
                        .findFirst()
                        .orElseThrow();
        assertThat(versionOne.get("name").asString()).isEqualTo("VERSION_1");
        assertThat(versionOne.get("offered").asBoolean()).isTrue();
        assertThat(versionOne.get("accepted").asBoolean()).isTrue();
    }

    @Test
    void aFeatureThatWasRefusedIsOfferedAndNotAccepted() {
        VirtqRun run =
                VirtqRun.of(
                        "exec",
                        "--machine",
                        "sim",
                        "--features",
                        "-event_idx,-VIRTIO_NET_F_MTU",
                        "features",
                        "net up",
                        "features",
                        "--json");

        assertThat(run.err()).isEmpty();
        assertThat(run.documents().get(0).get("features").valueStream())
                .filteredOn(feature -> feature.get("refused").asBoolean())
                .extracting(feature -> feature.get("name").asString())
                .containsExactly("MTU", "EVENT_IDX");
        for (int answer : new int[] {0, 2}) {
            assertThat(run.documents().get(answer).get("features").valueStream())
                    .filteredOn(feature -> feature.get("refused").asBoolean())
                    .allMatch(feature -> feature.get("offered").asBoolean())
                    .noneMatch(feature -> feature.get("accepted").asBoolean());
        }
        assertThat(VirtqRun.of("features", "--machine", "sim", "--features", "-event_idx").lines())
                .anyMatch(line -> line.matches(" *29  EVENT_IDX +refused *"))
                .anyMatch(line -> line.endsWith("and refused 1 as it was told"));
    }

    @Test
    void aFeatureThatIsAskedForAndOfferedIsAccepted() {
        VirtqRun run =
                VirtqRun.of(
                        "exec",
                        "--machine",
                        "sim",
                        "--features",
                        "+event_idx,-indirect_desc",
                        "features --json");

        assertThat(run.documents().getFirst().get("features").valueStream())
                .filteredOn(feature -> feature.get("accepted").asBoolean())
                .extracting(feature -> feature.get("name").asString())
                .contains("EVENT_IDX")
                .doesNotContain("INDIRECT_DESC");
    }

    @Test
    void memoryIsDumped() {
        VirtqRun run = VirtqRun.sim("mem dump 0x100000 20", "mem dump 0x100000 4 --json");

        assertThat(run.status()).isZero();
        assertThat(run.lines().get(0))
                .isEqualTo(
                        "00100000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00 "
                                + " |................|");
        assertThat(run.lines().get(1)).startsWith("00100010  00 00 00 00   ").endsWith("|....|");
        assertThat(run.lines().get(2))
                .isEqualTo("{\"address\":1048576,\"length\":4,\"hex\":\"00000000\"}");
    }
}
