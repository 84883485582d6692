package dev.virtq.machine.host;

import dev.virtq.device.DeviceLostException;
import dev.virtq.transport.RegisterWindow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The configuration space as a file: the kernel makes of each read and write at an aligned offset
 * one access of that width.
 */
final class ConfigFile implements RegisterWindow, AutoCloseable {
    /** What everybody may read. */
    private static final int PUBLIC_PART = 64;

    private final FileChannel file;
    private final long size;
    private final String name;
    private final Tenure tenure;

    private ConfigFile(FileChannel file, long size, String name, Tenure tenure) {
        this.file = file;
        this.size = size;
        this.name = name;
        this.tenure = tenure;
    }

    /**
     * Opens the file, and has it for this JVM alone, as far as others ask.
     *
     * @param path where it is
     * @param name of the function, for messages
     * @param tenure ends when the function is found to be gone
     * @throws IllegalStateException when somebody else has it
     * @throws IOException when it cannot be read and written as a whole
     */
    static ConfigFile open(Path path, String name, Tenure tenure) throws IOException {
        FileChannel file =
                FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (!lock(file)) {
                throw new IllegalStateException(
                        "pci %s is driven by somebody else already (expected: one at a time)"
                                .formatted(name));
            }
            if (file.read(ByteBuffer.allocate(1), PUBLIC_PART) < 1) {
                throw new IOException("only its first 64 bytes are shown");
            }
            return new ConfigFile(file, file.size(), name, tenure);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** The lock goes with the file, or with the process. */
    private static boolean lock(FileChannel file) throws IOException {
        try {
            FileLock lock = file.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false; // in this JVM
        }
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public byte readByte(long offset) {
        return read(offset, 1).get();
    }

    @Override
    public short readShort(long offset) {
        return read(offset, 2).getShort();
    }

    @Override
    public int readInt(long offset) {
        return read(offset, 4).getInt();
    }

    @Override
    public void writeByte(long offset, byte value) {
        write(offset, bytes(1).put(value));
    }

    @Override
    public void writeShort(long offset, short value) {
        write(offset, bytes(2).putShort(value));
    }

    @Override
    public void writeInt(long offset, int value) {
        write(offset, bytes(4).putInt(value));
    }

    private ByteBuffer read(long offset, int width) {
        RegisterOffset.checked(offset, width, size);
        tenure.check();
        ByteBuffer bytes = bytes(width);
        try {
            if (file.read(bytes, offset) != width) {
                throw gone("its configuration space ended");
            }
        } catch (IOException e) {
            throw gone(String.valueOf(e.getMessage()));
        }
        return bytes.flip();
    }

    private void write(long offset, ByteBuffer bytes) {
        int width = bytes.position();
        RegisterOffset.checked(offset, width, size);
        tenure.check();
        try {
            if (file.write(bytes.flip(), offset) != width) {
                throw gone("its configuration space ended");
            }
        } catch (IOException e) {
            throw gone(String.valueOf(e.getMessage()));
        }
    }

    private DeviceLostException gone(String how) {
        return tenure.end(new DeviceLostException("pci %s is gone: %s".formatted(name, how)));
    }

    private static ByteBuffer bytes(int width) {
        return ByteBuffer.allocate(width).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Lets go of the file. */
    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new IllegalStateException("the configuration space of " + name, e);
        }
    }
}
