package dev.virtq.machine.host;

import dev.virtq.device.DeviceType;
import dev.virtq.transport.pci.PciBar;
import dev.virtq.transport.pci.PciBar.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What sysfs shows of a function.
 *
 * @param folder where
 */
record SysfsFunction(Path folder) {
    private static final int VIRTIO_VENDOR = 0x1af4;
    private static final int TRANSITIONAL = 0x1000; // the type is in the subsystem id
    private static final int MODERN = 0x1040; // and the type
    private static final int LAST = MODERN + 0x3f;

    private static final int BARS = 6;

    // Of the flags that end a line of the file "resource".
    private static final long IO = 0x100;
    private static final long MEMORY = 0x200;
    private static final long PREFETCHABLE = 0x2000;
    private static final long MEMORY_64 = 0x10_0000;
    private static final long UNSET = 0x2000_0000; // it has a size, and no address

    /** {@return its name, as in {@code 0000:00:03.0}} */
    String name() {
        return folder.getFileName().toString();
    }

    /** {@return whether there is such a function} */
    boolean exists() {
        return Files.isDirectory(folder);
    }

    /** {@return its configuration space} */
    Path config() {
        return folder.resolve("config");
    }

    /**
     * {@return what a BAR decodes}
     *
     * @param bar its index
     */
    Path resource(int bar) {
        return folder.resolve("resource" + bar);
    }

    /** {@return its ids, as in {@code 1af4:1041}} */
    String ids() throws IOException {
        return "%04x:%04x".formatted(number("vendor"), number("device"));
    }

    /** {@return what kind of virtio device it is; empty when it is none} */
    Optional<DeviceType> type() throws IOException {
        int device = number("device");
        if (number("vendor") != VIRTIO_VENDOR || device < TRANSITIONAL || device > LAST) {
            return Optional.empty();
        }
        int type = device > MODERN ? device - MODERN : number("subsystem_device");
        return type >= 1 && type <= 0xfff ? Optional.of(DeviceType.of(type)) : Optional.empty();
    }

    /** {@return the kernel's driver that has it; empty when none has} */
    Optional<String> driver() throws IOException {
        Path driver = folder.resolve("driver");
        return Files.isSymbolicLink(driver)
                ? Optional.of(Files.readSymbolicLink(driver).getFileName().toString())
                : Optional.empty();
    }

    /** {@return how often the kernel was asked to let it answer accesses, and not told to stop} */
    int enabled() throws IOException {
        return Integer.parseInt(text("enable"));
    }

    /**
     * Asks the kernel to let it answer accesses to its BARs, or tells it that nobody needs that any
     * more, whereupon the kernel takes it off the bus as a master, too.
     *
     * @param on which
     */
    void enable(boolean on) throws IOException {
        Files.writeString(folder.resolve("enable"), on ? "1" : "0");
    }

    /** {@return whether an IOMMU translates the addresses that it uses} */
    boolean isTranslated() throws IOException {
        Path type = folder.resolve("iommu_group").resolve("type");
        if (!Files.exists(type.getParent())) {
            return false;
        }
        return !Files.exists(type) || !Files.readString(type).strip().equals("identity");
    }

    /** {@return its BARs, by ascending index, those without an address not among them} */
    List<PciBar> bars() throws IOException {
        List<String> lines = Files.readAllLines(folder.resolve("resource"));
        List<PciBar> bars = new ArrayList<>();
        for (int index = 0; index < Math.min(BARS, lines.size()); index++) {
            try {
                bar(index, lines.get(index)).ifPresent(bars::add);
            } catch (IllegalArgumentException e) { // no number, or no BAR
                throw new IOException(
                        "line %d of %s is '%s': %s"
                                .formatted(
                                        index + 1,
                                        folder.resolve("resource"),
                                        lines.get(index),
                                        e.getMessage()),
                        e);
            }
        }
        return List.copyOf(bars);
    }

    private static Optional<PciBar> bar(int index, String line) {
        String[] words = line.split(" ", -1);
        if (words.length != 3) {
            throw new IllegalArgumentException("expected first, last, flags");
        }
        long first = Long.decode(words[0]);
        long last = Long.decode(words[1]);
        long flags = Long.decode(words[2]);
        if ((flags & (IO | MEMORY)) == 0 || (flags & UNSET) != 0) {
            return Optional.empty();
        }
        Kind kind =
                (flags & IO) != 0
                        ? Kind.IO
                        : (flags & MEMORY_64) != 0 ? Kind.MEMORY_64 : Kind.MEMORY_32;
        boolean prefetchable = kind != Kind.IO && (flags & PREFETCHABLE) != 0;
        return Optional.of(new PciBar(index, kind, prefetchable, first, last - first + 1));
    }

    private int number(String file) throws IOException {
        return Integer.decode(text(file));
    }

    private String text(String file) throws IOException {
        return Files.readString(folder.resolve(file)).strip();
    }
}
