package dev.virtq.cli.network;

import dev.virtq.drivers.net.MacAddress;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Writes Ethernet frames to a pcapng file (draft-ietf-opsawg-pcapng), which Wireshark, tshark and
 * tcpdump read: one section, one interface, timestamps in nanoseconds, and the direction of each
 * frame. Each frame is written when it is given, so that the file is whole at any time.
 *
 * <p>A writer belongs to one thread at a time.
 */
public final class PcapngWriter implements AutoCloseable {
    private static final int SECTION_HEADER = 0x0a0d0d0a;
    private static final int INTERFACE_DESCRIPTION = 1;
    private static final int ENHANCED_PACKET = 6;

    private static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;
    private static final int LINK_TYPE_ETHERNET = 1;
    private static final int NO_SNAP_LENGTH = 0;

    private static final int COMMENT = 1;
    private static final int SECTION_APPLICATION = 4;
    private static final int INTERFACE_NAME = 2;
    private static final int INTERFACE_MAC = 6;
    private static final int INTERFACE_RESOLUTION = 9;
    private static final int PACKET_FLAGS = 2;
    private static final byte NANOSECONDS = 9;

    /** Type and length before the body of a block, and the length again after it. */
    private static final int FRAMING_LENGTH = 12;

    private final WritableByteChannel channel;

    /**
     * Starts a capture.
     *
     * @param channel where it goes; closed with this writer
     * @param interfaceName the name of the interface, as readers show it
     * @param mac the address of the interface
     * @throws IOException when the channel does not take it
     */
    public PcapngWriter(WritableByteChannel channel, String interfaceName, MacAddress mac)
            throws IOException {
        this.channel = channel;
        PcapngOptions section = new PcapngOptions().text(SECTION_APPLICATION, "virtq");
        ByteBuffer header = begin(SECTION_HEADER, 16 + section.length());
        header.putInt(BYTE_ORDER_MAGIC).putShort((short) 1).putShort((short) 0);
        header.putLong(-1); // the length of the section is not known ahead
        section.write(header);
        finish(header);

        byte[] macBytes = new byte[6];
        NetworkOrder.putMac(MemorySegment.ofArray(macBytes), 0, mac);
        PcapngOptions options =
                new PcapngOptions()
                        .text(INTERFACE_NAME, interfaceName)
                        .bytes(INTERFACE_MAC, macBytes)
                        .bytes(INTERFACE_RESOLUTION, NANOSECONDS);
        ByteBuffer description = begin(INTERFACE_DESCRIPTION, 8 + options.length());
        description.putShort((short) LINK_TYPE_ETHERNET).putShort((short) 0);
        description.putInt(NO_SNAP_LENGTH);
        options.write(description);
        finish(description);
    }

    /**
     * Starts a capture in a file, which is replaced when it exists.
     *
     * @param file the file
     * @param interfaceName the name of the interface, as readers show it
     * @param mac the address of the interface
     * @return the writer
     * @throws IOException when the file cannot be written
     */
    public static PcapngWriter create(Path file, String interfaceName, MacAddress mac)
            throws IOException {
        FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE);
        try {
            return new PcapngWriter(channel, interfaceName, mac);
        } catch (IOException | RuntimeException e) {
            try (channel) {
                throw e;
            }
        }
    }

    /**
     * Writes one frame.
     *
     * @param direction which way it went
     * @param epochNanos when, in nanoseconds since 1970-01-01T00:00Z
     * @param frame the frame from the destination address on
     * @param comment what to remark on it; null for nothing
     * @throws IOException when the channel does not take it
     */
    public void write(
            CaptureDirection direction,
            long epochNanos,
            MemorySegment frame,
            @Nullable String comment)
            throws IOException {
        PcapngOptions options = new PcapngOptions();
        if (comment != null) {
            options.text(COMMENT, comment);
        }
        options.bytes(PACKET_FLAGS, (byte) direction.flags(), (byte) 0, (byte) 0, (byte) 0);

        int length = Math.toIntExact(frame.byteSize());
        int bodyLength = 20 + PcapngOptions.padded(length) + options.length();
        ByteBuffer head = buffer(8 + 20);
        head.putInt(ENHANCED_PACKET).putInt(FRAMING_LENGTH + bodyLength);
        head.putInt(0); // the only interface
        head.putInt((int) (epochNanos >>> 32)).putInt((int) epochNanos);
        head.putInt(length).putInt(length);

        ByteBuffer tail = buffer(PcapngOptions.padded(length) - length + options.length() + 4);
        tail.position(PcapngOptions.padded(length) - length); // the padding is zeros
        options.write(tail);
        tail.putInt(FRAMING_LENGTH + bodyLength);

        drain(head.flip());
        drain(frame.asByteBuffer());
        drain(tail.flip());
    }

    /** Closes the channel. */
    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static ByteBuffer begin(int type, int bodyLength) {
        return buffer(FRAMING_LENGTH + bodyLength).putInt(type).putInt(FRAMING_LENGTH + bodyLength);
    }

    private void finish(ByteBuffer block) throws IOException {
        block.putInt(block.capacity());
        drain(block.flip());
    }

    private void drain(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
