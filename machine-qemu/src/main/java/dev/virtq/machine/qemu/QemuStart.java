package dev.virtq.machine.qemu;

import dev.virtq.device.DeviceLostException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Brings a machine up, or says why it does not come up and leaves nothing. */
record QemuStart(QemuCommandLine commandLine, List<String> words, RunningQemu qemu) {
    private static final Duration START = Duration.ofSeconds(30);
    private static final Duration COMMAND = Duration.ofSeconds(5);

    @SuppressWarnings("try") // the folder goes early when all went well, and late when it did not
    static QemuMachine start(QemuCommandLine commandLine, QemuLauncher launcher) {
        try (RunFolder folder = RunFolder.create(commandLine.memoryBytes())) {
            MemorySegment bytes =
                    SharedRam.create(
                            folder.file(QemuCommandLine.RAM_FILE), commandLine.memoryBytes());
            commandLine.machineType().firmware().write(folder.file(QemuCommandLine.FIRMWARE));
            RunningQemu qemu = launch(commandLine, folder, launcher);
            try {
                QemuMachine machine =
                        new QemuStart(commandLine, commandLine.toList(folder), qemu)
                                .connect(folder, bytes);
                // Everything in it is open: from here on nothing of the machine has a name.
                folder.close();
                return machine;
            } catch (RuntimeException failure) {
                throw endAfter(failure, qemu);
            }
        }
    }

    private static RunningQemu launch(
            QemuCommandLine commandLine, RunFolder folder, QemuLauncher launcher) {
        try {
            return launcher.launch(commandLine, folder);
        } catch (QemuException failure) { // some launchers see that QEMU has ended already
            Optional<String> meaning =
                    FeatureProperty.explain(
                            commandLine.binary(), String.valueOf(failure.getMessage()));
            throw meaning.isPresent() ? new QemuException(meaning.get(), failure) : failure;
        }
    }

    private QemuMachine connect(RunFolder folder, MemorySegment bytes) {
        QmpClient qmp = awaitQmp(folder.file(QemuCommandLine.QMP_SOCKET));
        try {
            QtestClient qtest =
                    QtestClient.connect(folder.file(QemuCommandLine.QTEST_SOCKET), COMMAND);
            try {
                List<RamRun> runs =
                        MemoryTree.runs(
                                qmp.monitor("info mtree -f"),
                                QemuCommandLine.RAM_ID,
                                bytes.byteSize());
                SharedRam ram = new SharedRam(bytes, runs);
                RamProbe.check(ram, qtest);
                return new QemuMachine(this, qmp, qtest, ram);
            } catch (RuntimeException failure) {
                qtest.close();
                throw failure;
            }
        } catch (RuntimeException failure) {
            qmp.close();
            throw failure;
        }
    }

    /** The socket is there before QEMU answers, and QEMU may fail after it is there. */
    private QmpClient awaitQmp(Path socket) {
        long deadline = System.nanoTime() + START.toNanos();
        while (true) {
            if (Files.exists(socket)) {
                try {
                    return QmpClient.connect(socket, COMMAND);
                } catch (QemuException | DeviceLostException notYet) {
                    giveUp(deadline, notYet);
                }
            } else {
                giveUp(deadline, null);
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    private void giveUp(long deadline, @Nullable RuntimeException lastFailure) {
        // A connection that broke is QEMU's end more often than not: its own words say more.
        Optional<String> end = qemu.awaitEnd(Duration.ofMillis(lastFailure == null ? 0 : 200));
        if (end.isPresent()) {
            throw new QemuException(
                    FeatureProperty.explain(commandLine.binary(), end.get()).orElse(end.get()));
        }
        if (System.nanoTime() - deadline >= 0) {
            throw new QemuException(
                    "%s (QEMU) was not ready within %d s".formatted(qemu.name(), START.toSeconds()),
                    lastFailure);
        }
    }

    private static RuntimeException endAfter(RuntimeException failure, RunningQemu qemu) {
        try {
            qemu.close();
        } catch (RuntimeException alsoFailed) {
            failure.addSuppressed(alsoFailed);
        }
        return failure;
    }
}
