package dev.virtq.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A JVM that is killed with SIGKILL leaves no process and no file, within two seconds. */
@RequiresQemu
@Timeout(60)
class KilledJvmTest {
    private static final Duration LIMIT = Duration.ofSeconds(2);

    @Test
    void aMachineEndsWithItsJvm() throws Exception {
        try (OtherJvm jvm = OtherJvm.start(RunMachine.class)) {
            ProcessHandle qemu = ProcessHandle.of(Long.parseLong(jvm.line())).orElseThrow();
            ProcessHandle watchdog = qemu.parent().orElseThrow();
            String prefix = jvm.line();
            jvm.kill();
            awaitNothingLeft(prefix, qemu, watchdog);
        }
    }

    @Test
    void aQemuWhoseStartIsCutShortEndsToo() throws Exception {
        try (OtherJvm jvm = OtherJvm.start(RunProcess.class)) {
            ProcessHandle qemu = ProcessHandle.of(Long.parseLong(jvm.line())).orElseThrow();
            ProcessHandle watchdog = qemu.parent().orElseThrow();
            String prefix = jvm.line();
            assertThat(left(prefix)).as("the folder of a machine that starts").hasSize(1);
            jvm.kill();
            awaitNothingLeft(prefix, qemu, watchdog);
        }
    }

    @Test
    void aQemuThatIgnoresItsTermSignalEndsToo() throws Exception {
        try (OtherJvm jvm = OtherJvm.start(RunMachine.class)) {
            ProcessHandle qemu = ProcessHandle.of(Long.parseLong(jvm.line())).orElseThrow();
            ProcessHandle watchdog = qemu.parent().orElseThrow();
            String prefix = jvm.line();
            new ProcessBuilder("kill", "-STOP", Long.toString(qemu.pid())).start().waitFor();
            jvm.kill();
            awaitNothingLeft(prefix, qemu, watchdog);
        }
    }

    @Test
    void aQemuWhoseWatchdogWasKilledIsEndedByItsMachine() throws Exception {
        QemuMachine machine = QemuMachine.start();
        long pid = Long.parseLong(machine.name().replace("process ", ""));
        ProcessHandle qemu = ProcessHandle.of(pid).orElseThrow();
        qemu.parent().orElseThrow().destroyForcibly();
        assertThat(machine.qtest().readl(0)).isZero();
        assertThat(machine.provenDead()).isFalse();
        machine.close();
        assertThat(machine.provenDead()).isTrue();
    }

    private static void awaitNothingLeft(String prefix, ProcessHandle... processes)
            throws Exception {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (System.nanoTime() < end && !(left(prefix).isEmpty() && areGone(processes))) {
            Thread.sleep(10);
        }
        assertThat(left(prefix)).isEmpty();
        for (ProcessHandle process : processes) {
            assertThat(isGone(process)).as("%s is gone", process.info()).isTrue();
        }
    }

    private static boolean areGone(ProcessHandle... processes) {
        for (ProcessHandle process : processes) {
            if (!isGone(process)) {
                return false;
            }
        }
        return true;
    }

    /** Where nobody reaps orphans a zombie stays; it holds nothing. */
    private static boolean isGone(ProcessHandle process) {
        return !process.isAlive() || process.info().command().isEmpty();
    }

    private static List<Path> left(String prefix) throws Exception {
        try (var files = Files.list(Path.of("/dev/shm"))) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix)).toList();
        }
    }

    /** A machine that runs, until the JVM is killed. */
    static final class RunMachine {
        public static void main(String[] arguments) throws Exception {
            try (QemuMachine machine = QemuMachine.start(QemuDevice.virtioNet())) {
                System.out.println(machine.name().replace("process ", ""));
                System.out.println(RunFolder.ownPrefix());
                Thread.sleep(Duration.ofMinutes(1));
            }
        }
    }

    /** QEMU with its files still there, until the JVM is killed. */
    static final class RunProcess {
        public static void main(String[] arguments) throws Exception {
            RunFolder folder = RunFolder.create(QemuCommandLine.DEFAULT.memoryBytes());
            SharedRam.create(
                    folder.file(QemuCommandLine.RAM_FILE), QemuCommandLine.DEFAULT.memoryBytes());
            HaltFirmware.X86.write(folder.file(QemuCommandLine.FIRMWARE));
            QemuProcess qemu =
                    QemuProcess.start(QemuCommandLine.DEFAULT.toList(folder), folder.path());
            System.out.println(qemu.pid());
            System.out.println(RunFolder.ownPrefix());
            Thread.sleep(Duration.ofMinutes(1));
            qemu.close();
        }
    }
}
