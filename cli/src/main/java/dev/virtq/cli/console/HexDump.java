package dev.virtq.cli.console;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Bytes for people: sixteen to a line, with their address and as text. */
public final class HexDump {
    private static final int PER_LINE = 16;

    private HexDump() {}

    /**
     * {@return the lines}
     *
     * @param bytes what to show; read once
     * @param address of the first byte
     */
    public static List<String> lines(MemorySegment bytes, long address) {
        byte[] copy = bytes.toArray(ValueLayout.JAVA_BYTE);
        List<String> lines = new ArrayList<>();
        for (int start = 0; start < copy.length; start += PER_LINE) {
            lines.add(line(copy, start, address + start));
        }
        return lines;
    }

    private static String line(byte[] bytes, int start, long address) {
        StringBuilder hex = new StringBuilder();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < PER_LINE; i++) {
            hex.append(i == PER_LINE / 2 ? "  " : " ");
            if (start + i < bytes.length) {
                int value = bytes[start + i] & 0xff;
                hex.append("%02x".formatted(value));
                text.append(value >= 0x20 && value < 0x7f ? (char) value : '.');
            } else {
                hex.append("  ");
            }
        }
        return "%08x %s  |%s|".formatted(address, hex, text);
    }
}
