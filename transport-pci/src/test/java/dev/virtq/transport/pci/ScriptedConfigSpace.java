package dev.virtq.transport.pci;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The configuration space of a scripted function: a header, and the capabilities that the test put
 * together. Tests may rewrite any byte of it ({@link #poke}).
 */
final class ScriptedConfigSpace extends ScriptedWindow {
    private static final int COMMAND = 0x04;

    private final ByteBuffer bytes = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
    private final List<Integer> positions = new ArrayList<>();
    private int next = 0x40;
    private boolean absent;
    private @Nullable ScriptedConfigAccess access;
    private int accessPosition;

    ScriptedConfigSpace(int vendor, int device) {
        super(256);
        bytes.putShort(0x00, (short) vendor);
        bytes.putShort(0x02, (short) device);
        bytes.put(0x08, (byte) 1);
        bytes.put(0x0b, (byte) 0x02); // network controller
        bytes.putShort(0x2c, (short) 0x1af4);
        bytes.putShort(0x2e, (short) 0x1100);
    }

    /** Appends a capability: all its bytes but the pointer to the next. {@return where it is} */
    int append(int id, int... rest) {
        int position = next;
        place(position, id, rest);
        next += (2 + rest.length + 3) & ~3;
        return position;
    }

    /** Puts a capability somewhere and appends it to the list. */
    void place(int position, int id, int... rest) {
        bytes.put(position, (byte) id);
        for (int i = 0; i < rest.length && position + 2 + i < 256; i++) {
            bytes.put(position + 2 + i, (byte) rest[i]);
        }
        if (positions.isEmpty()) {
            bytes.put(0x34, (byte) position);
            bytes.putShort(0x06, (short) 0x0010);
        } else {
            bytes.put(positions.getLast() + 1, (byte) position);
        }
        positions.add(position);
    }

    /** Appends struct virtio_pci_cap, and whatever follows it as 32-bit words. */
    int appendVirtio(int type, int bar, int id, long offset, long length, int... words) {
        int[] rest = new int[14 + 4 * words.length];
        rest[0] = 16 + 4 * words.length;
        rest[1] = type;
        rest[2] = bar;
        rest[3] = id;
        put(rest, 6, (int) offset);
        put(rest, 10, (int) length);
        for (int i = 0; i < words.length; i++) {
            put(rest, 14 + 4 * i, words[i]);
        }
        return append(0x09, rest);
    }

    /** Appends the capability that leads to the BARs. */
    int appendAccess(ScriptedConfigAccess way) {
        accessPosition = appendVirtio(5, 0, 0, 0, 0, 0);
        access = way;
        return accessPosition;
    }

    int appendMsix(int vectors, int tableBar, int tableOffset, int pendingBar, int pendingOffset) {
        int[] rest = new int[10];
        rest[0] = (vectors - 1) & 0xff;
        rest[1] = (vectors - 1) >>> 8;
        put(rest, 2, tableOffset | tableBar);
        put(rest, 6, pendingOffset | pendingBar);
        return append(0x11, rest);
    }

    private static void put(int[] target, int index, int word) {
        for (int i = 0; i < 4; i++) {
            target[index + i] = word >>> (8 * i) & 0xff;
        }
    }

    void poke(int offset, int value) {
        bytes.put(offset, (byte) value);
    }

    int peek(int offset) {
        return bytes.get(offset) & 0xff;
    }

    int command() {
        return bytes.getShort(COMMAND) & 0xffff;
    }

    /** From now on nobody answers. */
    void unplug() {
        absent = true;
    }

    boolean isUnplugged() {
        return absent;
    }

    @Override
    int read(int offset, int width) {
        if (absent) {
            return -1;
        }
        if (access != null && ScriptedConfigAccess.isData(offset - accessPosition)) {
            return access.read(offset - accessPosition, width);
        }
        return switch (width) {
            case 1 -> bytes.get(offset);
            case 2 -> bytes.getShort(offset);
            default -> bytes.getInt(offset);
        };
    }

    /**
     * A driver has business in the command register, in MSI-X and in the access capability;
     * 4.1.4.1#7 forbids the rest.
     */
    @Override
    void write(int offset, int width, int value, boolean posted) {
        if (access != null
                && offset >= accessPosition + 4
                && offset < accessPosition + ScriptedConfigAccess.SIZE) {
            access.write(offset - accessPosition, width, value);
            return;
        }
        boolean command = offset == COMMAND && width == 2;
        boolean msix = width == 2 && offset >= 0x42 && (bytes.get(offset - 2) & 0xff) == 0x11;
        if (!command && !msix) {
            throw new AssertionError("write of 0x%x to config 0x%02x".formatted(value, offset));
        }
        bytes.putShort(offset, (short) value);
    }
}
