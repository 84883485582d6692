package dev.virtq.benchmarks.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.testing.Prerequisite;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The soak, for a minute, on pages of 4 KiB and on whatever cores are free. */
@Tag("long")
class SoakIT {
    private static final Duration A_MINUTE = Duration.ofMinutes(1);

    @TempDir Path folder;

    @Test
    @Timeout(180)
    void forAMinuteEachFrameComesBackOnceAndNothingIsKept() throws Exception {
        Prerequisite.VHOST_USER.check(
                Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                        .anyMatch(path -> Files.isExecutable(Path.of(path, "dpdk-testpmd"))),
                "no dpdk-testpmd on the PATH; apt-get install dpdk-dev");
        Path socket = folder.resolve("net.sock");
        ByteArrayOutputStream told = new ByteArrayOutputStream();
        try (Testpmd device = Testpmd.untiedDevice(socket, Pages.SMALL);
                PrintStream out = new PrintStream(told, true, StandardCharsets.UTF_8)) {
            new Soak(Long.MAX_VALUE, A_MINUTE).run(device, socket, out);
        }
        assertThat(told.toString(StandardCharsets.UTF_8)).contains("came back, each once");
    }
}
