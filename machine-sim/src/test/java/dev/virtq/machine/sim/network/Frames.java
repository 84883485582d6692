package dev.virtq.machine.sim.network;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Frames of a guest in hexadecimal, and what a network answers to them. */
final class Frames {
    static final String ETHERNET = "52550a000202 525400123456 ";

    private Frames() {}

    /** All frames that a network answers with, in hexadecimal without blanks. */
    static List<String> answers(UserNetwork network, String frame) {
        List<String> answers = new ArrayList<>();
        network.accept(
                MemorySegment.ofArray(bytes(frame)).asReadOnly(),
                answer ->
                        answers.add(
                                HexFormat.of().formatHex(answer.toArray(ValueLayout.JAVA_BYTE))));
        return answers;
    }

    static String arpRequest(String sender, String target) {
        return "ffffffffffff 525400123456 0806 0001 0800 06 04 0001 525400123456"
                + sender
                + "000000000000"
                + target;
    }

    /** A UDP message from 10.0.2.15 to the gateway, without a UDP checksum. */
    static String udp(int sourcePort, int destinationPort, String body) {
        return udp("0a00020f", sourcePort, "0a000202", destinationPort, body);
    }

    static String udp(
            String source, int sourcePort, String destination, int destinationPort, String body) {
        int length = 8 + bytes(body).length;
        String message = "%04x%04x%04x0000".formatted(sourcePort, destinationPort, length) + body;
        return ETHERNET + "0800" + ipv4(0x11, source, destination, message);
    }

    static String ipv4(int protocol, String source, String destination, String body) {
        ByteBuffer header =
                ByteBuffer.wrap(
                        bytes(
                                "4500 %04x 0001 0000 40%02x 0000"
                                                .formatted(20 + bytes(body).length, protocol)
                                        + source
                                        + destination));
        int sum = 0;
        for (int i = 0; i < 20; i += 2) {
            sum += header.getShort(i) & 0xffff;
        }
        header.putShort(10, (short) ~(sum + (sum >>> 16)));
        return HexFormat.of().formatHex(header.array()) + body;
    }

    /** The body of the UDP message in a frame. */
    static String udpBody(String frame) {
        return frame.substring(2 * (14 + 20 + 8));
    }

    /** The bytes of a text in which a bar stands for a null. */
    static String ascii(String text) {
        return HexFormat.of()
                .formatHex(text.replace('|', '\0').getBytes(StandardCharsets.US_ASCII));
    }

    static String packed(String hex) {
        return hex.replace(" ", "");
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(packed(hex));
    }
}
