package dev.virtq.benchmarks.ringtest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A program of the Linux kernel's {@code tools/virtio/ringtest}.
 *
 * @param folder where it is
 * @param name {@code virtio_ring_0_9}, a split ring, or {@code ring}, the sketch of the packed one
 */
record KernelProgram(Path folder, String name) {
    static final String EXPECTED =
            "expected: the folder tools/virtio/ringtest of a Linux source tree in which"
                    + " 'make ring virtio_ring_0_9' was run";

    private static final int TRIAL_CYCLES = 2_000_000;

    /** {@return whether they were built there} */
    static boolean areIn(Path folder) {
        return Stream.of("ring", "virtio_ring_0_9")
                .allMatch(name -> Files.isExecutable(folder.resolve(name)));
    }

    static KernelProgram of(Path folder, boolean packed) {
        return new KernelProgram(folder, packed ? "ring" : "virtio_ring_0_9");
    }

    /** {@return nanoseconds for a round trip} */
    double measure(int batch, int cycles) throws IOException, InterruptedException {
        List<String> command =
                List.of(
                        folder.resolve(name).toString(),
                        "--run-cycles=" + cycles,
                        "--outstanding=" + RoundTrips.OUTSTANDING,
                        "--batch=" + batch,
                        "--guest-affinity=0",
                        "--host-affinity=1");
        long start = System.nanoTime();
        Output.of(command);
        return (double) (System.nanoTime() - start) / cycles;
    }

    /** {@return the same, of as many as take so long} */
    double measureFor(int batch, int seconds) throws IOException, InterruptedException {
        double trial = measure(batch, TRIAL_CYCLES);
        return measure(batch, (int) Math.min(Integer.MAX_VALUE, seconds * 1e9 / trial));
    }
}
