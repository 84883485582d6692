package dev.virtq.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The process and its watchdog, with a shell that plays QEMU. */
@Timeout(30)
class QemuProcessTest {
    private static final Duration LONG = Duration.ofSeconds(5);

    private static QemuProcess sh(Path folder, String script) {
        return QemuProcess.start(List.of("/bin/sh", "-c", script), folder);
    }

    @Test
    void itsEndIsReportedWithItsStatusAndItsLastWords(@TempDir Path temp) throws Exception {
        Path folder = Files.createDirectory(temp.resolve("run"));
        try (QemuProcess process = sh(folder, "echo one >&2; echo two >&2; exit 3")) {
            assertThat(process.awaitEnd(LONG)).hasValue("/bin/sh exited with status 3: one; two");
            assertThat(process.isDead()).isTrue();
            assertThat(folder).doesNotExist();
        }
    }

    @Test
    void aSignalIsNamed(@TempDir Path temp) {
        try (QemuProcess process = sh(temp.resolve("run"), "kill -KILL $$")) {
            assertThat(process.awaitEnd(LONG)).hasValue("/bin/sh was ended by signal 9");
        }
    }

    @Test
    void muchErrorOutputNeitherStopsItNorIsKept(@TempDir Path temp) {
        String script =
                "i=0; while [ $i -lt 20000 ]; do echo 0123456789 >&2; i=$((i+1)); done;"
                        + " echo last >&2; exit 1";
        try (QemuProcess process = sh(temp.resolve("run"), script)) {
            assertThat(process.awaitEnd(LONG))
                    .hasValueSatisfying(end ->
                            assertThat(end)
                                    .hasSizeLessThan(10_000)
                                    .contains(": …")
                                    .endsWith("last"));
        }
    }

    @Test
    void aProcessThatIgnoresTermIsKilledInBoundedTime(@TempDir Path temp) throws Exception {
        Path folder = Files.createDirectory(temp.resolve("run"));
        QemuProcess process = sh(folder, "trap '' TERM INT HUP; while :; do sleep 0.05; done");
        assertThat(process.awaitEnd(Duration.ofMillis(100))).isEmpty();
        long start = System.nanoTime();
        process.close();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
        assertThat(process.isDead()).isTrue();
        assertThat(folder).doesNotExist();
        process.close();
    }

    @Test
    void argumentsArriveWordByWord(@TempDir Path temp) {
        QemuProcess process =
                QemuProcess.start(
                        List.of("/bin/sh", "-c", "echo \"$1|$2\" >&2", "x", "a  b'\"$c", "*"),
                        temp.resolve("run"));
        try (process) {
            assertThat(process.awaitEnd(LONG))
                    .hasValue("/bin/sh exited with status 0: a  b'\"$c|*");
        }
    }

    @Test
    void aMissingBinaryIsNamedWithWhatToDo(@TempDir Path temp) {
        assertThatThrownBy(() -> QemuProcess.start(List.of("qemu-system-none"), temp))
                .isInstanceOf(QemuException.class)
                .hasMessageContaining("qemu-system-none was not found on the PATH;")
                .hasMessageContaining("apt-get install qemu-system-x86");
        assertThatThrownBy(() -> QemuProcess.start(List.of("/nowhere/qemu"), temp))
                .isInstanceOf(QemuException.class)
                .hasMessageContaining("/nowhere/qemu is no program");
    }
}
