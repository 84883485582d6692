package dev.virtq.machine.qemu;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * QEMU as a process of this computer, with a watchdog beside it.
 *
 * <p>The watchdog is a shell that is QEMU's parent and reads a pipe from the JVM. When that pipe
 * closes, since the JVM closed it or was killed, QEMU is ended within a second and its folder
 * removed.
 */
public final class QemuProcess implements RunningQemu {
    private static final Duration POLITE = Duration.ofMillis(500);
    private static final Duration FORCED = Duration.ofSeconds(2);
    private static final String WATCHDOG = script();

    private final String binary;
    private final Process watchdog;
    private final ProcessHandle qemu;
    private final ErrorOutput errors;

    private QemuProcess(String binary, Process watchdog, ProcessHandle qemu, ErrorOutput errors) {
        this.binary = binary;
        this.watchdog = watchdog;
        this.qemu = qemu;
        this.errors = errors;
    }

    /** {@return the way to run QEMU as a process of this computer} */
    public static QemuLauncher launcher() {
        return (commandLine, folder) -> {
            find(commandLine.binary()); // who is missing is said better here than by a shell
            return start(commandLine.binary(), commandLine.toList(folder), folder.path());
        };
    }

    /**
     * Starts QEMU, and does not wait until it is ready.
     *
     * @param command the binary, by name or by path, and its arguments
     * @param folder what to remove when QEMU ends, or the JVM
     * @return the process
     * @throws QemuException when there is no such binary, or no shell
     */
    public static QemuProcess start(List<String> command, Path folder) {
        return start(command.getFirst(), command, folder);
    }

    private static QemuProcess start(String name, List<String> command, Path folder) {
        String binary = find(command.getFirst()).toString();
        List<String> line = new ArrayList<>();
        // A session of its own: what a terminal or a service manager sends to the JVM's process
        // group must not end the watchdog before QEMU.
        findOnPath("setsid").ifPresent(setsid -> line.add(setsid.toString()));
        line.addAll(List.of("/bin/sh", "-c", WATCHDOG, "watchdog", folder.toString(), binary));
        line.addAll(command.subList(1, command.size()));
        try {
            Process watchdog = new ProcessBuilder(line).start();
            ErrorOutput errors = ErrorOutput.of(watchdog.getErrorStream());
            try {
                ProcessHandle qemu =
                        ProcessHandle.of(readPid(watchdog)).orElse(watchdog.toHandle());
                return new QemuProcess(name, watchdog, qemu, errors);
            } catch (IOException | RuntimeException failure) {
                watchdog.destroyForcibly();
                throw failure;
            }
        } catch (IOException failure) {
            throw new QemuException(
                    "cannot run %s beside its watchdog: %s".formatted(binary, failure.getMessage()),
                    failure);
        }
    }

    @Override
    public String kind() {
        return LocalQemuProvider.NAME;
    }

    @Override
    public String name() {
        return "process " + pid();
    }

    /** {@return QEMU's process id} */
    public long pid() {
        return qemu.pid();
    }

    @Override
    public boolean sees(Path path) {
        return true;
    }

    @Override
    public boolean isDead() {
        // The watchdog is QEMU's parent and outlives it, unless somebody killed it.
        return !watchdog.isAlive() && !isQemuAlive();
    }

    @Override
    public Optional<String> awaitEnd(Duration limit) {
        if (!awaitWatchdog(limit)) {
            return Optional.empty();
        }
        int status = watchdog.exitValue();
        String how =
                status > 128
                        ? "was ended by signal " + (status - 128)
                        : "exited with status " + status;
        String said = errors.text();
        return Optional.of("%s %s%s".formatted(binary, how, said.isEmpty() ? "" : ": " + said));
    }

    @Override
    public void close() {
        boolean wasRunning = watchdog.isAlive();
        try {
            // The end of the pipe is what the watchdog waits for: it ends QEMU, politely first.
            watchdog.getOutputStream().close();
        } catch (IOException alreadyBroken) {
            // The watchdog is gone; what it leaves is looked for below.
            wasRunning = false;
        }
        if (wasRunning && !awaitWatchdog(POLITE.plus(FORCED))) {
            watchdog.destroyForcibly();
        }
        if (isQemuAlive()) {
            qemu.destroyForcibly();
        }
        if (!awaitWatchdog(FORCED) || !awaitQemuGone()) {
            throw new QemuException(name() + " (QEMU) could not be ended, not even with SIGKILL");
        }
    }

    private boolean awaitWatchdog(Duration limit) {
        boolean interrupted = false;
        try {
            long deadline = System.nanoTime() + limit.toNanos();
            while (true) {
                try {
                    return watchdog.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException interrupt) {
                    interrupted = true; // every wait here is short, and a half-ended QEMU is worse
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean awaitQemuGone() {
        long deadline = System.nanoTime() + FORCED.toNanos();
        while (isQemuAlive()) {
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            LockSupport.parkNanos(5_000_000);
        }
        return true;
    }

    /** Whether QEMU runs, be it as an orphan of a watchdog that was killed. */
    private boolean isQemuAlive() {
        // A zombie counts as alive for ProcessHandle, but has no command any more.
        return qemu.isAlive() && qemu.info().command().isPresent();
    }

    private static long readPid(Process watchdog) throws IOException {
        StringBuilder digits = new StringBuilder();
        InputStream output = watchdog.getInputStream();
        for (int octet = output.read(); octet >= '0' && octet <= '9'; octet = output.read()) {
            digits.append((char) octet);
        }
        if (digits.isEmpty() || digits.length() > 10) {
            throw new IOException("the watchdog said no process id");
        }
        return Long.parseLong(digits.toString());
    }

    /** {@return the binary's path; a name without a folder is looked for on the PATH} */
    static Path find(String binary) {
        if (binary.contains(File.separator)) {
            Path path = Path.of(binary);
            if (!Files.isExecutable(path) || Files.isDirectory(path)) {
                throw new QemuException(
                        "%s is no program that can be run; name QEMU's binary".formatted(path));
            }
            return path.toAbsolutePath();
        }
        return findOnPath(binary)
                .orElseThrow(() ->
                        new QemuException(
                                ("%s was not found on the PATH; install QEMU (Debian: apt-get"
                                                + " install %s) or name its binary")
                                        .formatted(
                                                binary,
                                                binary.equals(MachineType.VIRT.binary())
                                                        ? "qemu-system-arm"
                                                        : "qemu-system-x86")));
    }

    private static Optional<Path> findOnPath(String binary) {
        for (String folder : searchPath().split(File.pathSeparator, -1)) {
            Path candidate = Path.of(folder.isEmpty() ? "." : folder, binary);
            if (Files.isExecutable(candidate) && !Files.isDirectory(candidate)) {
                return Optional.of(candidate.toAbsolutePath());
            }
        }
        return Optional.empty();
    }

    private static String searchPath() {
        return Objects.requireNonNullElse(System.getenv("PATH"), "/usr/bin:/bin");
    }

    private static String script() {
        try (InputStream script = QemuProcess.class.getResourceAsStream("watchdog.sh")) {
            return new String(
                    Objects.requireNonNull(script, "watchdog.sh is missing in the jar")
                            .readAllBytes(),
                    StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
