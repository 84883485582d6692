package dev.virtq.machine.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where the kernel shows things.
 *
 * @param root what {@code /sys} and {@code /proc} are under
 */
record Linux(Path root) {
    /** The kernel that runs this JVM. */
    static final Linux HERE = new Linux(Path.of("/"));

    private static final String FUNCTIONS = "sys/bus/pci/devices";
    private static final String HUGE_PAGES = "sys/kernel/mm/hugepages";

    /** The entry of a process's auxiliary vector that says how large a page is: AT_PAGESZ. */
    private static final long PAGE_SIZE = 6;

    /** {@return the folder in which every PCI function has a folder} */
    Path functions() {
        return root.resolve(FUNCTIONS);
    }

    /**
     * {@return the folder with the counts of huge pages of one size}
     *
     * @param pageBytes how large they are
     */
    Path hugePages(long pageBytes) {
        return root.resolve(HUGE_PAGES).resolve("hugepages-%dkB".formatted(pageBytes >> 10));
    }

    /** {@return the lines of the table of mounts, as this process sees it} */
    List<String> mounts() throws IOException {
        return Files.readAllLines(root.resolve("proc/self/mounts"));
    }

    /** {@return which physical page is behind each page of this process} */
    Path pagemap() {
        return root.resolve("proc/self/pagemap");
    }

    /** {@return how large an ordinary page is: the unit of the pagemap, and of mappings} */
    long pageBytes() throws IOException {
        Path vector = root.resolve("proc/self/auxv");
        ByteBuffer words =
                ByteBuffer.wrap(Files.readAllBytes(vector)).order(ByteOrder.nativeOrder());
        while (words.remaining() >= 2 * Long.BYTES) {
            long key = words.getLong();
            long value = words.getLong();
            if (key == PAGE_SIZE) {
                return value;
            }
        }
        throw new IOException(vector + " does not say how large a page is");
    }
}
