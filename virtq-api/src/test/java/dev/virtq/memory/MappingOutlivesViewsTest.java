package dev.virtq.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Cleaner;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The mapping outlives every view of it. In a JVM of its own, since where that does not hold, the
 * JVM ends with SIGSEGV.
 */
@Timeout(120)
class MappingOutlivesViewsTest {
    @TempDir Path folder;

    @Test
    void aViewThatIsKeptThrowsOrReadsButNeverCrashes() throws Exception {
        assertThat(run("kept")).isEqualTo("read 42; closed: IllegalStateException; exit 0");
    }

    @Test
    void aViewOfAnotherThreadStaysReadableAfterTheMemoryWasClosed() throws Exception {
        assertThat(run("other")).isEqualTo("read 42; closed and collected: 42; exit 0");
    }

    /** Shows that the test can fail: what virtq does not do crashes. */
    @Test
    void aViewThatDoesNotKeepItsMappingDoesCrash() throws Exception {
        assertThat(run("naive")).doesNotContain("exit 0");
    }

    private String run(String what) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx64m");
        command.add("-XX:-CreateCoredumpOnCrash");
        command.add("-XX:ErrorFile=" + folder.resolve("hs_err.log"));
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-cp");
        command.add(place(DmaMemory.class) + ":" + place(MappingOutlivesViewsTest.class));
        command.add(Program.class.getName());
        command.add(what);
        command.add(folder.resolve("ram").toString());
        Path output = folder.resolve("output");
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        assertThat(process.waitFor(100, TimeUnit.SECONDS)).isTrue();
        return Files.readString(output, StandardCharsets.UTF_8).strip()
                + "; exit "
                + process.exitValue();
    }

    private static String place(Class<?> type) {
        // The tests are patched into the module: then their place is the module's.
        String file = "/" + type.getName().replace('.', '/') + ".class";
        String url = String.valueOf(type.getResource(file));
        return Path.of(java.net.URI.create(url.substring(0, url.length() - file.length())))
                .toString();
    }

    /** Runs in the other JVM. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws Exception {
            Path file = Path.of(arguments[1]);
            AtomicBoolean unmapped = new AtomicBoolean();
            switch (arguments[0]) {
                case "kept" -> {
                    DmaMemory memory = map(file);
                    MemorySegment view = viewOf(memory);
                    System.out.print("read " + view.get(ValueLayout.JAVA_BYTE, 4096));
                    memory.close();
                    collect(unmapped, 1000);
                    try {
                        System.out.print("; " + view.get(ValueLayout.JAVA_BYTE, 4096));
                    } catch (IllegalStateException e) {
                        System.out.print("; closed: " + e.getClass().getSimpleName());
                    }
                }
                case "other" -> {
                    MemorySegment view = closedElsewhere(file);
                    collect(unmapped, 1000);
                    System.out.print(
                            "; closed and collected: " + view.get(ValueLayout.JAVA_BYTE, 4096));
                }
                case "naive" -> {
                    MemorySegment view = naiveView(file, unmapped);
                    collect(unmapped, 50_000);
                    System.out.print("; " + view.get(ValueLayout.JAVA_BYTE, 4096));
                }
                default -> throw new IllegalArgumentException(arguments[0]);
            }
        }

        private static DmaMemory map(Path file) throws IOException {
            try (FileChannel channel =
                    FileChannel.open(
                            file,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE)) {
                MemorySegment ram =
                        channel.map(FileChannel.MapMode.READ_WRITE, 0, 1 << 20, Arena.ofAuto());
                return new DmaMemory(MemoryMapping.contiguous(ram, 0x10_0000));
            }
        }

        private static MemorySegment viewOf(DmaMemory memory) {
            DmaBuffer buffer = memory.allocate(8192);
            buffer.setByte(4096, (byte) 42);
            return buffer.view();
        }

        /** Everything but the view is unreachable afterwards. */
        private static MemorySegment closedElsewhere(Path file) throws Exception {
            DmaMemory memory = map(file);
            MemorySegment view = viewOf(memory);
            System.out.print("read " + view.get(ValueLayout.JAVA_BYTE, 4096));
            Thread closer = Thread.ofPlatform().start(memory::close);
            closer.join();
            return view;
        }

        private static MemorySegment naiveView(Path file, AtomicBoolean unmapped)
                throws IOException {
            try (FileChannel channel =
                    FileChannel.open(
                            file,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE)) {
                Arena arena = Arena.ofAuto();
                MemorySegment ram = channel.map(FileChannel.MapMode.READ_WRITE, 0, 1 << 20, arena);
                var _ = Cleaner.create().register(arena, () -> unmapped.set(true));
                return ram.reinterpret(1 << 20, Arena.ofConfined(), null);
            }
        }

        private static void collect(AtomicBoolean done, long millis) throws InterruptedException {
            long start = System.nanoTime();
            while (!done.get() && System.nanoTime() - start < millis * 1_000_000) {
                System.gc();
                Thread.sleep(20);
            }
            Thread.sleep(200); // the mapping's own cleaner runs after ours, perhaps
        }
    }
}
