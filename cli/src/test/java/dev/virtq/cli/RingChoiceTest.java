package dev.virtq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.cli.session.MachineChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every kind of ring that can be asked for, on the simulated device. */
class RingChoiceTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--in-order",
                "--features -event_idx",
                "--features -indirect_desc,-event_idx",
                "--queue-size 4",
                "--packed",
                "--packed --in-order",
                "--packed --features -event_idx,-indirect_desc",
                "--packed --queue-size 5",
                "--features +ring_packed,+in_order --queue-size 3",
            })
    void theNetworkWorksOnIt(String options, @TempDir Path folder) throws IOException {
        byte[] content = new byte[50_000];
        new Random(3).nextBytes(content);
        Files.write(folder.resolve("file"), content);
        Path got = folder.resolve("got");

        VirtqRun run =
                run(
                        options + " --machine sim --tftp " + folder,
                        "net dhcp",
                        "net ping 10.0.2.2 -c 3 -i 1ms",
                        "net tftp get /file -o " + got,
                        "queue 0",
                        "queues",
                        "--json");

        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        assertThat(got).hasBinaryContent(content);
        assertThat(run.documents().get(3).get("format").asString())
                .isEqualTo(options.contains("packed") ? "packed" : "split");
        assertThat(run.documents().get(3).get("anomalies")).isEmpty();
        assertThat(run.documents().get(4).get("queues").get(0).get("driverWrap").isNull())
                .isEqualTo(!options.contains("packed"));
    }

    @Test
    void thePackedRingIsDrawnAsItIsDrivenByHand() {
        VirtqRun run =
                VirtqRun.with(
                        new MachineChoice(List.of(new SteppedSim())),
                        "",
                        "exec",
                        "--packed",
                        "--queue-size",
                        "5",
                        "queue 1 send --readable zero:12 --readable zero:60 --no-kick",
                        "queue 1",
                        "queues",
                        "queue 1 kick",
                        "queue 1 poll --wait 1ms");

        assertThat(run.err()).startsWith("virtq: machine sim").hasLineCount(1);
        assertThat(run.status()).isZero();
        assertThat(run.out())
                .contains("queue 1 (transmitq1) of net0: packed ring, 5 slots\n")
                .containsPattern(
                        "driver +next available in slot 1, wrap counter 1, used taken up to slot 0")
                .containsPattern("device +next used in slot 0, wrap counter 1\n")
                .contains("slots     0  D....\n")
                .containsPattern(
                        "AVAIL +available with wrap counter 1 +<- the device uses the next")
                .contains("in an indirect table")
                .containsPattern("1  transmitq1  packed +5 +256 +4 +1 +0 +1 wrap 1 +0 wrap 1")
                .contains("queue 1 kicked: 1 chain was there")
                .contains("queue 1: nothing is used; 1 transfer with the device");
    }

    @Test
    void whatTheDeviceDoesNotOfferAfterAllIsAnError() {
        VirtqRun run =
                VirtqRun.with(
                        new MachineChoice(List.of(new DeafSim())),
                        "",
                        "exec",
                        "--machine",
                        "stepped",
                        "--packed",
                        "queue 0",
                        "net up");

        assertThat(run.err().lines())
                .containsExactly(
                        "virtq: net0 does not offer RING_PACKED (expected, as it was asked for with an option)",
                        "virtq: net0 does not offer RING_PACKED (expected, as it was asked for with an option)");
        assertThat(run.status()).isEqualTo(1);
    }

    @Test
    void aPackedQueueMayHaveAnySizeAndASplitOneNot() {
        assertThat(run("--machine sim --packed --queue-size 7", "queues").status()).isZero();
        assertThat(run("--machine sim --queue-size 7", "queues").err())
                .startsWith("virtq: --queue-size 7 (expected: a power of two, 1..32768;");
        assertThat(run("--machine sim --packed --queue-size 32769", "queues").err())
                .isEqualTo("virtq: --queue-size 32769 (expected: 1..32768)\n");
    }

    private static VirtqRun run(String options, String... commands) {
        String[] words = ("exec " + options).strip().split("\\s+");
        String[] all = java.util.Arrays.copyOf(words, words.length + commands.length);
        System.arraycopy(commands, 0, all, words.length, commands.length);
        return VirtqRun.of(all);
    }

    /** A provider that does not do as it is told. */
    private static final class DeafSim implements dev.virtq.machine.MachineProvider {
        private final SteppedSim sim = new SteppedSim();

        @Override
        public String name() {
            return sim.name();
        }

        @Override
        public String description() {
            return sim.description();
        }

        @Override
        public int rank() {
            return sim.rank();
        }

        @Override
        public java.util.Optional<String> whatIsMissing() {
            return java.util.Optional.empty();
        }

        @Override
        public dev.virtq.machine.Machine start(dev.virtq.machine.MachineOptions options) {
            return sim.start(dev.virtq.machine.MachineOptions.DEFAULT);
        }
    }
}
