package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a build does first: a tree of sources is unpacked, walked and read, all in a share. */
@Timeout(120)
class SourceTreeIT {
    private static final long SEED = 20_261_129;

    @TempDir private Path folder;

    @ParameterizedTest
    @CsvSource({"virtiofsd, 50000", "qemu-local, 4000", "sim, 2000", "sim-packed, 2000"})
    void aTreeThatIsUnpackedInAShareIsTheSameOnTheHost(String kind, int files) throws Exception {
        SourceTree tree = new SourceTree(SEED, files);
        Path tar = folder.resolve("tree.tar");
        tree.pack(tar);
        try (ServedShare share = ServedShare.start(kind, folder)) {
            long start = System.nanoTime();
            SourceTree.unpack(tar, share.root());
            long unpacked = System.nanoTime();
            long regular = regularFiles(share.root());
            long walked = System.nanoTime();
            Map<String, String> throughTheShare = SourceTree.describe(share.root());
            long read = System.nanoTime();
            Map<String, String> onTheHost = SourceTree.describe(share.onHost());
            long readOnHost = System.nanoTime();

            System.out.printf(
                    "tree: %s, seed %d: %d files of %d MiB unpacked at %d files/s, walked at %d/s,"
                            + " checksummed at %d/s (on the host: %d/s)%n",
                    kind,
                    SEED,
                    files,
                    Files.size(tar) >> 20,
                    rate(files, unpacked - start),
                    rate(files, walked - unpacked),
                    rate(files, read - walked),
                    rate(files, readOnHost - read));
            assertThat(regular).isEqualTo(files);
            assertThat(throughTheShare.values())
                    .filteredOn(one -> one.length() == 64)
                    .hasSize(files);
            assertThat(throughTheShare.equals(onTheHost)).isTrue();
        }
    }

    private static long regularFiles(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)).count();
        }
    }

    private static long rate(int files, long nanos) {
        return files * Duration.ofSeconds(1).toNanos() / nanos;
    }
}
