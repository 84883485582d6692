package dev.virtq.cli.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client against servers that refuse, keep silent, or do what servers must not do. */
class TftpRefusalTest extends TftpConversation {
    @TempDir Path folder;

    @Test
    void aBlockThatWasLostForGoodEndsTheTransfer() {
        refused(
                (packet, answers) ->
                        answers.answer(
                                packet.startsWith("0001")
                                        ? "0003 0001" + "00".repeat(512)
                                        : "0003 0003 61"),
                "TFTP server 10.0.2.2 went on to block 3, but block 2 was lost on the way,"
                        + " reading \"/file\"");
        assertThat(heard.getLast()).startsWith("3000 00050004");
    }

    @Test
    void silenceEndsTheTransfer() {
        refused(
                (_, _) -> {},
                "10.0.2.2 sent no first block of \"/file\" (asked 3 times, waited 1 s each)");
        assertThat(heard).hasSize(3);
        heard.clear();
        refused(
                (packet, answers) -> {
                    if (packet.startsWith("0001")) {
                        answers.answer("0003 0001" + "00".repeat(512));
                    }
                },
                "10.0.2.2 sent no block 2 of \"/file\" (asked 3 times, waited 1 s each)");
        assertThat(heard.subList(1, 4))
                .containsExactly("3000 00040001", "3000 00040001", "3000 00040001");
    }

    @Test
    void aServerThatRepeatsItselfForEverEndsTheTransferToo() {
        refused(
                (packet, answers) -> {
                    if (packet.startsWith("0001")) {
                        answers.answer("0003 0001" + "00".repeat(512));
                    }
                    for (int i = 0; i < 11_000; i++) {
                        answers.answer("0003 0001" + "00".repeat(512));
                    }
                },
                "10.0.2.2 sent no block 2 of \"/file\" (asked 3 times, waited 1 s each)");
    }

    @Test
    void errorsAreQuotedWithoutTheirControlCharacters() {
        refused(
                (_, answers) -> answers.answer("0005 0002" + ascii("go \033[5maway|")),
                "10.0.2.2 refused \"/file\": go \\u{1b}[5maway (TFTP error 2)");
    }

    @Test
    void agreementsThatNobodyAskedForAreRefused() {
        for (String option :
                new String[] {
                    "blksize|1469|", "blksize|7|", "blksize|x|", "tsize|-1|", "window|1|"
                }) {
            String[] parts = option.split("\\|", -1);
            refused(
                    (_, answers) -> answers.answer("0006" + ascii(option)),
                    "TFTP server 10.0.2.2 agreed to %s=%s (asked for: {blksize=1468, tsize=0}),"
                                    .formatted(parts[0], parts[1])
                            + " reading \"/file\"");
            assertThat(heard.getLast()).startsWith("3000 00050008");
        }
    }

    @Test
    void aBlockThatIsTooLongIsRefused() {
        refused(
                (_, answers) -> answers.answer("0003 0001" + "00".repeat(513)),
                "TFTP server 10.0.2.2 sent a block of 513 bytes (agreed: at most 512),"
                        + " reading \"/file\"");
    }

    @Test
    void aFileThatDiffersFromItsAnnouncedSizeIsRefused() {
        refused(
                (packet, answers) ->
                        answers.answer(
                                packet.startsWith("0001")
                                        ? "0006" + ascii("tsize|3|")
                                        : "0003 0001 6161"),
                "TFTP server 10.0.2.2 sent 2 bytes of a file announced with 3, reading \"/file\"");
        refused(
                (packet, answers) ->
                        answers.answer(
                                packet.startsWith("0001")
                                        ? "0006" + ascii("tsize|3|")
                                        : "0003 0001" + "61".repeat(512)),
                "TFTP server 10.0.2.2 sent 512 bytes and more of a file announced with 3,"
                        + " reading \"/file\"");
    }

    @Test
    void aFileThatIsTooLargeIsRefusedBeforeItIsSentOrStored() {
        refused(
                (_, answers) -> answers.answer("0006" + ascii("tsize|1025|")),
                "\"/file\" on 10.0.2.2 has 1025 bytes or more (limit: 1024)");
        refused(
                (packet, answers) -> {
                    int block =
                            packet.startsWith("0004")
                                    ? Integer.parseInt(packet.substring(4), 16) + 1
                                    : 1;
                    answers.answer("0003 %04x".formatted(block) + "61".repeat(512));
                },
                "\"/file\" on 10.0.2.2 has 1536 bytes or more (limit: 1024)");
        assertThat(file.size()).isEqualTo(1024);
        assertThat(heard.getLast()).startsWith("3000 00050003");
    }

    @Test
    void aSinkThatFailsEndsTheTransferOnBothSides() {
        WritableByteChannel full =
                new WritableByteChannel() {
                    @Override
                    public int write(ByteBuffer bytes) throws IOException {
                        throw new IOException("No space left on device");
                    }

                    @Override
                    public boolean isOpen() {
                        return true;
                    }

                    @Override
                    public void close() {}
                };

        assertThatThrownBy(() ->
                        client((_, answers) -> answers.answer("0003 0001 61"))
                                .read(request(), full, TftpProgress.SILENT))
                .isInstanceOf(IOException.class)
                .hasMessage("No space left on device");
        assertThat(heard.getLast()).startsWith("3000 00050003");
    }

    @Test
    void aFailedDownloadLeavesTheTargetAsItWas() throws Exception {
        Path target = Files.writeString(folder.resolve("target"), "before");

        assertThatThrownBy(() ->
                        client((packet, answers) ->
                                        answers.answer(
                                                packet.startsWith("0001")
                                                        ? "0003 0001" + "00".repeat(512)
                                                        : "0005 0000" + ascii("bye|")))
                                .download(request(), target, TftpProgress.SILENT))
                .isInstanceOf(NetworkException.class);
        assertThat(target).hasContent("before");
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(target);
        }
        assertThatThrownBy(
                        () -> client((_, _) -> {}).download(request(), folder, TftpProgress.SILENT))
                .isInstanceOf(IOException.class)
                .hasMessage("%s is a directory (expected: a file)".formatted(folder));
    }

    @Test
    void requestsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> TftpRequest.of(Peer.ADDRESS, ""))
                .hasMessageContaining("a TFTP path of 0 bytes");
        assertThatThrownBy(() -> TftpRequest.of(Peer.ADDRESS, "a\0b"))
                .hasMessageContaining("without null characters");
        assertThatThrownBy(() -> request().withBlockSize(7))
                .hasMessage("a TFTP block size of 7 (expected: 8..65464)");
        assertThatThrownBy(() -> request().withPatience(0, Duration.ofSeconds(1)))
                .hasMessage("0 attempts (expected: at least 1)");
    }
}
