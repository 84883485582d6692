package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.e2e.Launcher.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Back ends that virtq has no driver for, driven by bare hands: requests are built byte by byte in
 * the shell, and answered.
 */
@Timeout(60)
class RawBackEndIT {
    private static final JsonMapper JSON = new JsonMapper();

    private static final int SECTOR = 512;

    /**
     * FUSE_INIT. The header: length 56, opcode 26, unique number 1, and no node, user, group or
     * process; then version 7.36, 128 KiB to read ahead, and no flags.
     */
    private static final String FUSE_INIT =
            "38000000 1a000000 0100000000000000 0000000000000000 00000000 00000000 00000000 00000000"
                    .concat("07000000 24000000 00000200 00000000")
                    .replace(" ", "");

    /** The answer's header, and what is known of the session. */
    private static final int FUSE_INIT_ANSWER = 16 + 64;

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"on this computer", "in a container"})
    void virtiofsdAnswersAnInitOfBareHands(String where) throws Exception {
        Path share = Files.createDirectory(folder.resolve("share"));
        Path sockets = Files.createDirectory(folder.resolve("sockets"));
        try (BackEnd virtiofsd =
                where.equals("in a container")
                        ? BackEnds.virtiofsdInContainer(sockets, share)
                        : BackEnds.virtiofsd(sockets, share)) {
            List<JsonNode> documents =
                    exec(
                            virtiofsd,
                            "devices",
                            "features",
                            "queues",
                            "queue 1 send --readable hex:%s --writable %d"
                                    .formatted(FUSE_INIT, FUSE_INIT_ANSWER),
                            "queue 1 poll --wait 5s");

            assertThat(documents.get(0).get("devices").get(0).get("type").asString())
                    .isEqualTo("fs");
            assertThat(acceptedNames(documents.get(1))).contains("VERSION_1", "EVENT_IDX");
            assertThat(documents.get(2).findValuesAsString("name")).contains("hiprio", "request1");
            assertThat(documents.get(3).get("kicked").asBoolean()).isTrue();
            byte[] answer = received(documents.get(4), 0);
            assertThat(answer).hasSize(FUSE_INIT_ANSWER);
            assertThat(HexFormat.of().formatHex(answer, 0, 16))
                    .as("length 80, no error, number 1")
                    .isEqualTo("50000000" + "00000000" + "0100000000000000");
            assertThat(HexFormat.of().formatHex(answer, 16, 20)).as("major").isEqualTo("07000000");
            assertThat(answer[20]).as("minor").isGreaterThanOrEqualTo((byte) 36);
        }
        assertThat(sockets).isEmptyDirectory();
    }

    @Test
    void theFirstSectorOfAStorageDaemonsDiskIsRead() throws Exception {
        byte[] content = new byte[64 * SECTOR];
        new Random(5).nextBytes(content);
        Path disk = Files.write(folder.resolve("disk.img"), content);
        Path sockets = Files.createDirectory(folder.resolve("sockets"));
        try (BackEnd daemon = BackEnds.storageDaemon(sockets, disk)) {
            List<JsonNode> documents =
                    exec(
                            daemon,
                            "devices",
                            "features",
                            "queues",
                            "config",
                            // Type IN, and sector 0; then the data, and the status.
                            "queue 0 send --readable zero:16 --writable %d --writable 1"
                                    .formatted(SECTOR),
                            "queue 0 poll --wait 5s");

            assertThat(documents.get(0).get("devices").get(0).get("name").asString())
                    .isEqualTo("blk0");
            assertThat(documents.get(1).findValuesAsString("name"))
                    .contains("BLK_SIZE", "FLUSH", "RO", "VERSION_1");
            assertThat(documents.get(2).findValuesAsString("name")).containsExactly("requestq1");
            String config = documents.get(3).get("hex").asString();
            assertThat(config)
                    .as("the capacity, in sectors")
                    .startsWith("%02x00000000000000".formatted(content.length / SECTOR));
            assertThat(config.substring(2 * 20, 2 * 24)).as("blk_size").isEqualTo("00020000");
            assertThat(received(documents.get(5), 0)).isEqualTo(Arrays.copyOf(content, SECTOR));
            assertThat(received(documents.get(5), 1)).as("status OK").containsExactly(0);
            // The daemon takes one front end after the other.
            assertThat(exec(daemon, "status")).hasSize(1);
        }
        assertThat(sockets).isEmptyDirectory();
    }

    private static List<JsonNode> exec(BackEnd backEnd, String... commands) throws Exception {
        String[] words = Arrays.copyOf(HEAD, HEAD.length + 1 + commands.length);
        words[HEAD.length] = backEnd.machineName();
        System.arraycopy(commands, 0, words, HEAD.length + 1, commands.length);
        Outcome outcome = Launcher.virtq(words);
        assertThat(outcome.status()).as(outcome.err() + backEnd.output()).isZero();
        return outcome.outLines().stream().map(JSON::readTree).toList();
    }

    private static final String[] HEAD = {"exec", "--json", "--machine"};

    private static List<String> acceptedNames(JsonNode features) {
        return features.get("features")
                .valueStream()
                .filter(feature -> feature.get("accepted").asBoolean())
                .map(feature -> feature.get("name").asString())
                .toList();
    }

    private static byte[] received(JsonNode polled, int buffer) {
        assertThat(polled.get("completions")).as(polled.toString()).hasSize(1);
        return HexFormat.of()
                .parseHex(polled.get("completions").get(0).get("received").get(buffer).asString());
    }
}
