package dev.virtq.benchmarks.ringtest;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/** Ties threads to cores, as {@code sched_setaffinity(2)} does. */
public final class Cores {
    private static final int MASK_BYTES = 128;

    private Cores() {}

    /**
     * {@return the cores that this process may use, as in {@code 0-1}}
     *
     * @throws IOException when the system does not say
     */
    public static String allowed() throws IOException {
        String key = "Cpus_allowed_list:";
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith(key))
                    .map(line -> line.substring(key.length()).strip())
                    .findFirst()
                    .orElse("0");
        }
    }

    /** Ties the calling thread to one core. */
    public static void tieTo(int core) {
        Linker linker = Linker.nativeLinker();
        MethodHandle setAffinity =
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("sched_setaffinity"),
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(MASK_BYTES, Long.BYTES);
            mask.set(ValueLayout.JAVA_BYTE, core / Byte.SIZE, (byte) (1 << core % Byte.SIZE));
            int result;
            try {
                result = (int) setAffinity.invokeExact(0, (long) MASK_BYTES, mask);
            } catch (Throwable e) {
                throw new IllegalStateException("sched_setaffinity cannot be called", e);
            }
            if (result != 0) {
                throw new IllegalStateException("there is no core " + core + " for this process");
            }
        }
    }
}
