package dev.virtq.machine.sim.network;

import static dev.virtq.machine.sim.network.Frames.answers;
import static dev.virtq.machine.sim.network.Frames.arpRequest;
import static dev.virtq.machine.sim.network.Frames.ascii;
import static dev.virtq.machine.sim.network.Frames.packed;
import static dev.virtq.machine.sim.network.Frames.udp;
import static dev.virtq.machine.sim.network.Frames.udpBody;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The answers are those that QEMU 7.2 gave to the same frames. */
class UserNetworkTest {
    private static final String GUEST = "0a00020f";
    private static final String ECHO = "0800 8141 0001 0001 aabbcc";

    private final UserNetwork network = new UserNetwork(UserNetworkSettings.NOTHING);

    @TempDir Path folder;

    @Test
    void theGatewayAndTheNameServerAnswerArp() {
        for (String last : new String[] {"02", "03"}) {
            assertThat(answers(network, arpRequest(GUEST, "0a0002" + last)))
                    .containsExactly(
                            packed(
                                    "525400123456 52550a0002%1$s 0806 0001 0800 06 04 0002"
                                                    .formatted(last)
                                            + "52550a0002%1$s 0a0002%1$s".formatted(last)
                                            + "525400123456 0a00020f"
                                            + "00".repeat(22)));
        }
    }

    @Test
    void anArpAnswerGoesToWhereTheQuestionCameFrom() {
        String question =
                arpRequest(GUEST, "0a000202").replace("ff 525400123456", "ff 525400ff0001");

        assertThat(only(answers(network, question)))
                .startsWith("525400ff0001")
                .as("and is about the sender all the same")
                .contains("0a000202" + "525400123456" + GUEST);
    }

    @Test
    void nobodyElseAnswersArp() {
        for (String target : new String[] {"0a000201", "0a000204", "0a00020f", "0a000302"}) {
            assertThat(answers(network, arpRequest(GUEST, target))).isEmpty();
        }
        assertThat(
                        answers(
                                network,
                                arpRequest(GUEST, "0a000202").replace("0806 0001", "0806 0006")))
                .isEmpty();
    }

    @Test
    void anEchoComesBackWithItsBytes() {
        answers(network, arpRequest(GUEST, "0a000202"));

        assertThat(answers(network, echo("0a000202", ECHO)))
                .containsExactly(
                        packed(
                                "525400123456 52550a000202 0800"
                                        + "4500 001f 0000 0000 ff01 a3cd 0a000202 0a00020f"
                                        + "0000 8941 0001 0001 aabbcc"));
        assertThat(answers(network, echo("0a000203", ECHO))).hasSize(1);
        assertThat(answers(network, echo("0a000204", ECHO))).isEmpty();
    }

    @Test
    void brokenEchoesAreIgnored() {
        answers(network, arpRequest(GUEST, "0a000202"));

        assertThat(answers(network, echo("0a000202", ECHO.replace("8141", "8142")))).isEmpty();
        assertThat(answers(network, echo("0a000202", "0800f7ff0000"))).isEmpty();
        assertThat(answers(network, echo("0a000202", "0000 8941 0001 0001 aabbcc"))).isEmpty();
        assertThat(answers(network, echo("0a000202", ECHO).replace("4001", "4101"))).isEmpty();
        assertThat(answers(network, echo("0a000202", ECHO) + "00".repeat(20)))
                .as("padding is not part of it")
                .hasSize(1);
        String whole = packed(echo("0a000202", ECHO));
        for (int length = 0; length < whole.length(); length += 2) {
            assertThat(answers(network, whole.substring(0, length))).isEmpty();
        }
    }

    @Test
    void answersWaitUntilTheGuestHasSaidWhereItIs() {
        List<String> question = answers(network, echo("0a000202", ECHO));

        assertThat(question)
                .containsExactly(
                        packed(
                                "ffffffffffff 52550a000202 0806 0001 0800 06 04 0001"
                                        + "52550a000202 0a000202 000000000000 0a00020f"));
        assertThat(
                        answers(
                                network,
                                "52550a000202 525400123456 0806 0001 0800 06 04 0002"
                                        + "525400123456 0a00020f 52550a000202 0a000202"))
                .hasSize(1)
                .first()
                .asString()
                .endsWith("aabbcc");
        assertThat(answers(network, echo("0a000202", ECHO))).hasSize(1);
    }

    @Test
    void whatDoesNotFitAFrameOf1500BytesIsNotAnswered() {
        answers(network, arpRequest(GUEST, "0a000202"));

        assertThat(answers(network, echo("0a000202", "0800f7ff00000000" + "00".repeat(1472))))
                .hasSize(1);
        assertThat(answers(network, echo("0a000202", "0800f7ff00000000" + "00".repeat(1473))))
                .isEmpty();
    }

    @Test
    void onlySoManyAnswersWait() {
        for (int i = 0; i < 100; i++) {
            answers(network, echo("0a000202", ECHO));
        }
        assertThat(answers(network, arpRequest(GUEST, "0a000202")))
                .as("sixteen, and the answer to the request")
                .hasSize(17);
    }

    @Test
    void dhcpGrantsAddressesInTheOrderOfAsking() {
        assertThat(udpBody(only(dhcp(network, 1, "525400123456", "")))).contains("0a00020f");
        assertThat(udpBody(only(dhcp(network, 1, "525400123457", "")))).contains("0a000210");
        assertThat(udpBody(only(dhcp(network, 1, "525400123456", "")))).contains("0a00020f");
        for (int i = 0; i < 14; i++) {
            assertThat(dhcp(network, 1, "5254001235%02x".formatted(i), "")).hasSize(1);
        }
        assertThat(dhcp(network, 1, "525400123600", "")).as("sixteen are taken").isEmpty();
    }

    @Test
    void dhcpRefusesAnAddressOfAnotherNetworkOrGuest() {
        String nak = "350106381f" + ascii("requested address not available");
        assertThat(udpBody(only(dhcp(network, 3, "525400123456", "3204 01020304")))).contains(nak);
        dhcp(network, 1, "525400123456", "");
        assertThat(udpBody(only(dhcp(network, 3, "525400123457", "3204 0a00020f")))).contains(nak);
        assertThat(udpBody(only(dhcp(network, 3, "525400123456", "3204 0a00020f"))))
                .contains("350105");
    }

    @Test
    void dhcpNamesTheBootFile() {
        UserNetwork booting = new UserNetwork(new UserNetworkSettings(null, "kernel"));

        String offer = udpBody(only(dhcp(booting, 1, "525400123456", "")));

        assertThat(offer.substring(2 * 108)).startsWith(ascii("kernel|"));
        assertThat(offer.substring(2 * 236))
                .startsWith(
                        packed(
                                "63825363 350102 3604 0a000202 0104 ffffff00 0304 0a000202"
                                        + "0604 0a000203 3304 00015180 ff"));
        assertThatThrownBy(() -> new UserNetworkSettings(null, "x".repeat(128)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at most 127 bytes");
    }

    @Test
    void aRepeatedAcknowledgmentBringsTheSameBlockAgain() throws Exception {
        Files.writeString(folder.resolve("file"), "0123456789");
        UserNetwork serving = new UserNetwork(new UserNetworkSettings(folder, null));
        answers(serving, arpRequest(GUEST, "0a000202"));

        assertThat(tftp(serving, "0001" + ascii("file|octet|blksize|8|tsize|0|")))
                .isEqualTo("0006" + ascii("blksize|8|tsize|10|"));
        String first = "00030001" + ascii("01234567");
        assertThat(tftp(serving, "00040000")).isEqualTo(first);
        assertThat(tftp(serving, "00040000")).as("the block was lost").isEqualTo(first);
        assertThat(tftp(serving, "00040001")).isEqualTo("00030002" + ascii("89"));
        assertThat(tftp(serving, "00040000")).as("long gone").isEmpty();
        assertThat(tftp(serving, "00040007")).as("not sent yet").isEmpty();
        assertThat(tftp(serving, "00040001")).isEqualTo("00030002" + ascii("89"));
        assertThat(tftp(serving, "00040002")).as("that was all").isEmpty();
        assertThat(tftp(serving, "00040001")).as("the transfer is forgotten").isEmpty();
    }

    @Test
    void optionsThatMakeNoSenseAreLeftOut() throws Exception {
        Files.writeString(folder.resolve("file"), "abc");
        UserNetwork serving = new UserNetwork(new UserNetworkSettings(folder, null));
        answers(serving, arpRequest(GUEST, "0a000202"));

        for (String option : new String[] {"tsize|x|", "blksize|0|", "blksize|-8|", "speed|9|"}) {
            assertThat(tftp(serving, "0001" + ascii("file|octet|" + option)))
                    .as(option)
                    .isEqualTo("00030001" + ascii("abc"));
        }
        assertThat(tftp(serving, "0001" + ascii("file|OCTET|BlkSize|9999|")))
                .isEqualTo("0006" + ascii("blksize|1428|"));
    }

    @Test
    void aUdpChecksumThatComesOutAsZeroIsSentAsAllOnes() throws Exception {
        UserNetwork serving = new UserNetwork(new UserNetworkSettings(folder, null));
        answers(serving, arpRequest(GUEST, "0a000202"));
        Path file = Files.write(folder.resolve("file"), new byte[2]);
        String request = udp(2000, 69, "0001" + ascii("file|octet|"));
        String checksum = only(answers(serving, request)).substring(80, 84);

        // What fills the sum of everything else up to ffff.
        Files.write(file, HexFormat.of().parseHex(checksum));

        assertThat(only(answers(serving, request))).endsWith("ffff" + "00030001" + checksum);
    }

    @Test
    void anErrorEndsATransfer() throws Exception {
        Files.write(folder.resolve("file"), new byte[5000]);
        UserNetwork serving = new UserNetwork(new UserNetworkSettings(folder, null));
        answers(serving, arpRequest(GUEST, "0a000202"));

        assertThat(tftp(serving, "0001" + ascii("file|octet|"))).startsWith("00030001");
        assertThat(tftp(serving, "00050000" + ascii("no|"))).isEmpty();
        assertThat(tftp(serving, "00040001")).isEmpty();
    }

    @Test
    void tftpDoesNotLeaveItsDirectory() throws Exception {
        Path inside = Files.createDirectory(folder.resolve("inside"));
        Files.writeString(folder.resolve("secret"), "secret");
        Files.createSymbolicLink(inside.resolve("link"), folder.resolve("secret"));
        Files.createSymbolicLink(inside.resolve("up"), folder);
        UserNetwork serving = new UserNetwork(new UserNetworkSettings(inside, null));
        answers(serving, arpRequest(GUEST, "0a000202"));

        for (String name :
                new String[] {
                    "../secret",
                    "/../secret",
                    "a/../../secret",
                    "link",
                    "up/secret",
                    "link/",
                    "..",
                    folder.resolve("secret").toString()
                }) {
            assertThat(tftp(serving, "0001" + ascii(name + "|octet|")))
                    .as(name)
                    .matches("0005000[12].*")
                    .doesNotContain(ascii("secret"));
        }
        assertThat(tftp(serving, "0001" + ascii("x|octet|blksize|")))
                .as("an option without a value")
                .startsWith("0005");
    }

    private static String echo(String target, String message) {
        return Frames.ETHERNET + "0800" + Frames.ipv4(1, GUEST, target, packed(message));
    }

    private static List<String> dhcp(UserNetwork network, int type, String mac, String options) {
        String message = "01010600 00000001 0000 8000" + "00".repeat(16) + mac + "00".repeat(202);
        return answers(
                network,
                udp(
                        "00000000",
                        68,
                        "ffffffff",
                        67,
                        packed(message + "63825363 3501%02x".formatted(type) + options + "ff")));
    }

    /** The one answer to a TFTP packet, or an empty string. */
    private static String tftp(UserNetwork network, String packet) {
        List<String> frames = answers(network, udp(2000, 69, packet));
        return frames.isEmpty() ? "" : udpBody(only(frames));
    }

    private static String only(List<String> frames) {
        assertThat(frames).hasSize(1);
        return frames.getFirst();
    }
}
