package dev.virtq.machine.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A computer in a folder: what its kernel would show, and "devices" whose registers are files. */
final class FakeComputer {
    static final long PAGE = 2L << 20;

    /** Of a function that nobody has driven: it decodes memory, and is no bus master. */
    static final int COMMAND = 0x0502;

    private static final int CONFIG_SIZE = 4096;
    private static final int BAR_4_SIZE = 0x4000;

    private final Path root;

    FakeComputer(Path root) throws IOException {
        this.root = root;
        Files.createDirectories(linux().functions());
        Files.createDirectories(root.resolve("proc/self"));
        Files.createDirectories(root.resolve("huge"));
        mounts("none %s hugetlbfs rw,relatime,pagesize=2M 0 0".formatted(root.resolve("huge")));
        hugePages(4, 4, 0);
        ByteBuffer vector = ByteBuffer.allocate(64).order(ByteOrder.nativeOrder());
        vector.putLong(33).putLong(0x7fff_0000).putLong(6).putLong(4096).putLong(0).putLong(0);
        Files.write(root.resolve("proc/self/auxv"), vector.array());
    }

    Linux linux() {
        return new Linux(root);
    }

    Path hugeFolder() {
        return root.resolve("huge");
    }

    void mounts(String... lines) throws IOException {
        Files.writeString(root.resolve("proc/self/mounts"), String.join("\n", lines) + "\n");
    }

    void hugePages(int all, int free, int reserved) throws IOException {
        Path folder = Files.createDirectories(linux().hugePages(PAGE));
        Files.writeString(folder.resolve("nr_hugepages"), all + "\n");
        Files.writeString(folder.resolve("free_hugepages"), free + "\n");
        Files.writeString(folder.resolve("resv_hugepages"), reserved + "\n");
    }

    /** Adds a function without a driver. {@return its folder} */
    Path function(String name, int vendor, int device) throws IOException {
        Path folder = Files.createDirectories(linux().functions().resolve(name));
        number(folder, "vendor", vendor);
        number(folder, "device", device);
        number(folder, "subsystem_device", 0x1100);
        Files.writeString(folder.resolve("enable"), "0\n");
        Files.writeString(
                folder.resolve("resource"),
                """
                0x0000000000000000 0x0000000000000000 0x0000000000000000
                0x00000000febc1000 0x00000000febc1fff 0x0000000000040200
                0x0000000000000000 0x0000000000000000 0x0000000000000000
                0x0000000000000000 0x0000000000000000 0x0000000000000000
                0x00000000febfc000 0x00000000febfffff 0x000000000014220c
                0x0000000000000000 0x0000000000000000 0x0000000000000000
                0x00000000feb80000 0x00000000febbffff 0x0000000000046200
                """);
        Files.write(folder.resolve("resource1"), new byte[4096]);
        Files.write(folder.resolve("resource4"), new byte[BAR_4_SIZE]);
        Files.write(folder.resolve("config"), config(vendor, device));
        return folder;
    }

    /** Adds a network device, whose structures are in BAR 4. {@return its folder} */
    Path net(String name) throws IOException {
        return function(name, 0x1af4, 0x1041);
    }

    static void driver(Path function, String name) throws IOException {
        Files.createSymbolicLink(
                function.resolve("driver"), Path.of("../../../bus/pci/drivers", name));
    }

    /** Reads the command register. */
    static int command(Path function) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(function.resolve("config")))
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .getShort(4)
                & 0xffff;
    }

    /** Overwrites bytes of a file in place, as a device would change its registers. */
    static void poke(Path file, long offset, int... bytes) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(bytes.length);
        for (int value : bytes) {
            content.put((byte) value);
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(content.flip(), offset);
        }
    }

    private static void number(Path folder, String file, int value) throws IOException {
        Files.writeString(folder.resolve(file), "0x%04x\n".formatted(value));
    }

    private static byte[] config(int vendor, int device) {
        ByteBuffer config = ByteBuffer.allocate(CONFIG_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        config.putShort(0x00, (short) vendor).putShort(0x02, (short) device);
        config.putShort(0x04, (short) COMMAND).putShort(0x06, (short) 0x10);
        config.put(0x34, (byte) 0x40);
        structure(config, 0x40, 0x50, 1, 0x0000, 0x40);
        structure(config, 0x50, 0x60, 3, 0x1000, 1);
        structure(config, 0x60, 0x70, 4, 0x2000, 0x40);
        structure(config, 0x70, 0xa0, 2, 0x3000, 0x1000);
        structure(config, 0xa0, 0, 5, 0, 0);
        config.put(0xb0, (byte) 0xee); // what a device would answer with
        return config.array();
    }

    private static void structure(
            ByteBuffer config, int at, int next, int type, int offset, int length) {
        config.put(at, (byte) 9).put(at + 1, (byte) next).put(at + 2, (byte) 20);
        config.put(at + 3, (byte) type).put(at + 4, (byte) 4);
        config.putInt(at + 8, offset).putInt(at + 12, length);
    }
}
