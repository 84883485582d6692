package dev.virtq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The network commands, on the simulated device and its user network. */
class NetCommandsTest {
    private static final int ENHANCED_PACKET = 6;

    @Test
    void aPingReadsLikePing() {
        VirtqRun run = VirtqRun.sim("net ping 10.0.2.2 -c 3 -i 0");

        assertThat(run.status()).isZero();
        assertThat(run.lines().get(0)).isEqualTo("PING 10.0.2.2 from 10.0.2.15: 56 data bytes");
        assertThat(run.lines().subList(1, 4))
                .allMatch(line ->
                        line.matches(
                                "64 bytes from 10\\.0\\.2\\.2: icmp_seq=[012] ttl=\\d+ time=[0-9.]+ ms"));
        assertThat(run.out())
                .contains("3 packets transmitted, 3 received, 0% packet loss\n")
                .containsPattern(
                        "round-trip min/median/avg/max = [0-9.]+/[0-9.]+/[0-9.]+/[0-9.]+ ms\n");
    }

    @Test
    void aPingThatNobodyAnswersFails() {
        VirtqRun run = VirtqRun.sim("net ping 10.0.2.77 -c 1 -W 10ms");

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err())
                .startsWith("virtq: nobody answered ARP for 10.0.2.77")
                .hasLineCount(1);
    }

    @Test
    void aPingAcrossTheHoleComesBackWhole() {
        JsonNode answer =
                VirtqRun.sim("net ping 10.0.2.2 --across-hole -c 3 -i 0 -s 1000 --json")
                        .documents()
                        .getFirst();

        assertThat(answer.get("received").asInt()).isEqualTo(3);
        assertThat(answer.get("acrossHole").get("before").asLong()).isEqualTo(0x210_0000L);
        assertThat(answer.get("acrossHole").get("after").asLong()).isEqualTo(0x1_0000_0000L);
        assertThat(answer.get("replies"))
                .allMatch(reply -> reply.get("outcome").asString().equals("reply"));
    }

    @Test
    void whatDhcpGrantedIsUsedFromThenOn() {
        VirtqRun run = VirtqRun.sim("net up", "net dhcp", "net up", "--json");

        assertThat(run.documents().get(0).get("addressFrom").asString()).isEqualTo("preset");
        assertThat(run.documents().get(1).get("address").asString()).isEqualTo("10.0.2.15");
        assertThat(run.documents().get(2).get("addressFrom").asString()).isEqualTo("dhcp");
        assertThat(run.documents().get(2).get("mac").asString()).isEqualTo("52:54:00:12:34:56");
        assertThat(run.documents().get(2).get("linkUp").asBoolean()).isTrue();
    }

    @Test
    void arpTellsTheNeighboursAddress() {
        assertThat(VirtqRun.sim("net arp 10.0.2.2").out())
                .startsWith("10.0.2.2 is at 52:55:0a:00:02:02 (");
    }

    @Test
    void aFileThatIsNotThereLeavesNothingBehind(@TempDir Path folder) throws IOException {
        Path target = folder.resolve("out.txt");

        VirtqRun run =
                VirtqRun.of(
                        "exec",
                        "net tftp get /none.txt -o '" + target + "'",
                        "--machine",
                        "sim",
                        "--tftp",
                        folder.toString());

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).hasLineCount(1).contains("/none.txt");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aCaptureHoldsTheFramesOfTheCommandsBehindIt(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("x.pcapng");

        VirtqRun run =
                VirtqRun.sim(
                        "net capture -w '" + file + "'",
                        "net arp 10.0.2.2",
                        "net capture --stop",
                        "net arp 10.0.2.2",
                        "--json");

        assertThat(run.status()).isZero();
        assertThat(run.documents().get(0).get("running").asBoolean()).isTrue();
        assertThat(run.documents().get(2).get("frames").asInt()).isEqualTo(2);
        assertThat(packets(file)).isEqualTo(2);
    }

    @Test
    void aCaptureEndsAfterAsManyFramesAsItWasTold(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("x.pcapng");

        VirtqRun run =
                VirtqRun.sim("net capture -c 3 -w '" + file + "'", "net ping 10.0.2.2 -c 4 -i 0");

        assertThat(run.status()).isZero();
        assertThat(packets(file)).isEqualTo(3);
    }

    @Test
    void aCaptureForSomeTimeListensAndEnds(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("x.pcapng");

        VirtqRun run = VirtqRun.sim("net capture --for 20ms -w '" + file + "'");

        assertThat(run.out()).isEqualTo("0 frames written to " + file + "\n");
        assertThat(packets(file)).isZero();
    }

    /** Counts the packet blocks of a pcapng file. */
    private static int packets(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int packets = 0;
        while (bytes.hasRemaining()) {
            int start = bytes.position();
            int type = bytes.getInt();
            int length = bytes.getInt();
            packets += type == ENHANCED_PACKET ? 1 : 0;
            bytes.position(start + length);
        }
        return packets;
    }
}
