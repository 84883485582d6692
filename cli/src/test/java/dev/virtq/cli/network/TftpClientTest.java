package dev.virtq.cli.network;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The client against servers that do what servers may do. */
class TftpClientTest extends TftpConversation {

    @Test
    void aServerWithoutOptionsSendsBlocksOf512() throws Exception {
        TftpReceipt receipt =
                read((packet, answers) -> {
                    if (packet.startsWith("0001")) {
                        answers.answer("0003 0001" + "ab".repeat(512));
                    } else if (packet.equals("00040001")) {
                        answers.answer("0003 0002" + "cd");
                    }
                });

        assertThat(receipt.bytes()).isEqualTo(513);
        assertThat(receipt.blockSize()).isEqualTo(512);
        assertThat(heard)
                .containsExactly(
                        "69 " + ascii("\0\1/file|octet|blksize|1468|tsize|0|"),
                        "3000 00040001",
                        "3000 00040002");
    }

    @Test
    void aFileThatFillsItsLastBlockEndsWithAnEmptyOne() throws Exception {
        TftpReceipt receipt =
                read((packet, answers) -> {
                    if (packet.startsWith("0001")) {
                        answers.answer("0006" + ascii("blksize|8|"));
                    } else {
                        answers.answer(
                                packet.equals("00040000")
                                        ? "0003 0001 0102030405060708"
                                        : "0003 0002");
                    }
                });

        assertThat(receipt.bytes()).isEqualTo(8);
        assertThat(receipt.blocks()).isEqualTo(2);
    }

    @Test
    void optionsThatAreRefusedAreLeftOut() throws Exception {
        TftpReceipt receipt =
                read((packet, answers) -> {
                    if (packet.equals(ascii("\0\1/file|octet|"))) {
                        answers.answer("0003 0001 61");
                    } else if (packet.startsWith("0001")) {
                        answers.answer("0005 0008" + ascii("no options|"));
                    }
                });

        assertThat(receipt.bytes()).isEqualTo(1);
    }

    @Test
    void duplicatesAreDroppedAndNotAnswered() throws Exception {
        TftpReceipt receipt =
                read((packet, answers) -> {
                    switch (packet) {
                        case "00040000" -> answers.answer("0003 0001 0102030405060708");
                        case "00040001" -> {
                            answers.answer("0006" + ascii("blksize|8|"));
                            answers.answer("0003 0001 0102030405060708");
                            answers.answer("0003 0002 09");
                        }
                        case "00040002" -> {}
                        default -> answers.answer("0006" + ascii("blksize|8|"));
                    }
                });

        assertThat(receipt.bytes()).isEqualTo(9);
        assertThat(file.toByteArray()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(heard.subList(1, 4))
                .containsExactly("3000 00040000", "3000 00040001", "3000 00040002");
        assertThat(heard).hasSize(4);
    }

    @Test
    void aStrangerIsToldAndTheTransferGoesOn() throws Exception {
        TftpReceipt receipt =
                read((packet, answers) -> {
                    if (packet.startsWith("0001")) {
                        answers.answer("0003 0001" + "00".repeat(512));
                    } else if (packet.equals("00040001")) {
                        answers.from(4000, "0003 0002 bad0");
                        answers.from(4000, "0005 0000" + ascii("stop|"));
                        answers.answer("0003 0002 61");
                    }
                });

        assertThat(receipt.bytes()).isEqualTo(513);
        assertThat(heard)
                .filteredOn(packet -> packet.startsWith("4000"))
                .containsExactly(
                        "4000 00050005" + ascii("Unknown transfer ID|"),
                        "4000 00050005" + ascii("Unknown transfer ID|"));
    }
}
