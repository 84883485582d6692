package dev.virtq.machine.host;

import dev.virtq.device.VirtioException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How many huge pages of one size there are.
 *
 * @param folder where the kernel says it
 * @param all how many there are
 * @param available how many nobody has or has been promised
 */
record HugePageCounts(Path folder, long all, long available) {
    static HugePageCounts read(Path folder) throws IOException {
        return new HugePageCounts(
                folder,
                count(folder, "nr_hugepages"),
                count(folder, "free_hugepages") - count(folder, "resv_hugepages"));
    }

    /** {@return the complaint of somebody who needs more than are available} */
    VirtioException tooFew(long wanted, long pageBytes) {
        return new VirtioException(
                "%d huge pages of %d KiB are needed, and %d are free (expected, as root: echo %d > %s; or less memory)"
                        .formatted(
                                wanted,
                                pageBytes >> 10,
                                available,
                                all + wanted - available,
                                folder.resolve("nr_hugepages")));
    }

    private static long count(Path folder, String file) throws IOException {
        return Long.parseLong(Files.readString(folder.resolve(file)).strip());
    }
}
