package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.DeviceType;
import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.machine.MachineProvider;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** A vhost-user back end that others wrote: a process, its socket, and all that it has said. */
final class BackEnd implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Ends it even when this JVM is killed before it could. */
    private static final String LONGEST_LIFE_SECONDS = "120";

    private final DeviceType type;
    private final Path socket;
    private final boolean connects;
    private final Path log;
    private final Process process;
    private final List<Path> leftovers = new ArrayList<>();
    private final List<ProcessHandle> killed = new ArrayList<>();
    private List<String> removal = List.of();

    private BackEnd(DeviceType type, Path socket, boolean connects, Path log, Process process) {
        this.type = type;
        this.socket = socket;
        this.connects = connects;
        this.log = log;
        this.process = process;
        leftovers.add(log);
        if (!connects) {
            leftovers.add(socket);
        }
    }

    /** Starts a process of this computer, and waits until it listens. */
    static BackEnd start(DeviceType type, Path socket, List<String> command) throws Exception {
        BackEnd started = launch(type, socket, false, withinItsLife(command));
        started.awaitReadiness(() -> isListening(socket));
        return started;
    }

    /**
     * Starts a process that connects to a socket of the driver's: when there is one, and again
     * after it was gone.
     */
    static BackEnd startClient(DeviceType type, Path socket, List<String> command)
            throws IOException {
        return launch(type, socket, true, withinItsLife(command));
    }

    private static List<String> withinItsLife(List<String> command) {
        List<String> words = new ArrayList<>(List.of("timeout", "-s", "KILL"));
        words.add(LONGEST_LIFE_SECONDS);
        words.addAll(command);
        return words;
    }

    /**
     * Starts a container, and waits until its process has said something.
     *
     * @param name the container's
     */
    static BackEnd startContainer(
            DeviceType type,
            Path socket,
            String name,
            List<String> dockerRun,
            String readyWhenItSays)
            throws Exception {
        BackEnd started = launch(type, socket, false, dockerRun);
        started.removal = List.of("docker", "rm", "--force", name);
        started.awaitReadiness(() -> started.output().contains(readyWhenItSays));
        return started;
    }

    private static BackEnd launch(
            DeviceType type, Path socket, boolean connects, List<String> words) throws IOException {
        Path log = Files.createTempFile(socket.getParent(), "backend", ".log");
        // Its standard input stays open: what reads commands there would end at the end of it.
        Process process =
                new ProcessBuilder(words)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        return new BackEnd(type, socket, connects, log, process);
    }

    private void awaitReadiness(BooleanSupplier ready) throws Exception {
        long start = System.nanoTime();
        while (!ready.getAsBoolean()) {
            boolean ended = !process.isAlive();
            if (ended || System.nanoTime() - start > PATIENCE.toNanos()) {
                String said = output();
                close();
                throw new AssertionError(
                        "the back end %s; it said: %s"
                                .formatted(ended ? "has ended" : "does not listen", said));
            }
            Thread.sleep(10);
        }
    }

    /** A socket's file is there before somebody listens on it, and to connect would use it up. */
    private static boolean isListening(Path socket) {
        String listening = " 00010000 ";
        try (var lines = Files.lines(Path.of("/proc/net/unix"))) {
            return lines.anyMatch(line -> line.contains(listening) && line.endsWith(" " + socket));
        } catch (IOException e) {
            throw new AssertionError("cannot see the sockets of this computer", e);
        }
    }

    /** {@return what is said to {@code --machine}} */
    String machineName() {
        String name = "vhost-user:" + socket;
        return (type.equals(DeviceType.NETWORK) ? name : name + ",type=" + type.name())
                + (connects ? ",listen" : "");
    }

    /** {@return the machine with this back end's device, for a driver in this JVM} */
    Machine machine() {
        MachineProvider provider =
                ServiceLoader.load(MachineProvider.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .filter(candidate -> candidate.name().equals("vhost-user"))
                        .findFirst()
                        .orElseThrow(() -> new AssertionError("no provider is called vhost-user"));
        String location = socket + ",type=" + type.name() + (connects ? ",listen" : "");
        return provider.start(MachineOptions.DEFAULT.withLocation(location));
    }

    /** {@return all that it has said so far} */
    String output() {
        try {
            return Files.readString(log, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError("the output of the back end cannot be read", e);
        }
    }

    /** Deletes one more file when it is over. */
    BackEnd leaving(Path file) {
        leftovers.add(file);
        return this;
    }

    /** Asks it to end, and waits until it has. */
    void end() throws InterruptedException {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("the back end does not end; it said: " + output());
        }
    }

    /** Has it stand still, so that whatever comes stays where it is; {@link #kill} ends it. */
    void stop() throws IOException, InterruptedException {
        for (ProcessHandle running : process.descendants().toList()) {
            Process kill =
                    new ProcessBuilder("kill", "-STOP", String.valueOf(running.pid())).start();
            assertThat(kill.waitFor()).isZero();
            while (!standsStill(running.pid())) { // a signal takes its time to another core
                Thread.sleep(1);
            }
        }
    }

    private static boolean standsStill(long pid) throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc/%d/task".formatted(pid)))) {
            for (Path thread : threads.toList()) {
                String status = Files.readString(thread.resolve("stat"));
                if (status.charAt(status.lastIndexOf(')') + 2) != 'T') {
                    return false;
                }
            }
            return true;
        }
    }

    /** Ends it as a crash would: it does nothing more. */
    void kill() {
        List<ProcessHandle> descendants = process.descendants().toList();
        descendants.forEach(ProcessHandle::destroyForcibly);
        killed.addAll(descendants);
        if (killed.isEmpty()) {
            process.destroyForcibly();
        } // else it ends with them, and takes note of their end
    }

    @Override
    public void close() throws IOException {
        if (!removal.isEmpty()) {
            Process removing = new ProcessBuilder(removal).redirectErrorStream(true).start();
            removing.getInputStream().readAllBytes(); // whether it was still there
            removing.onExit().join();
        }
        kill();
        long start = System.nanoTime();
        while (process.isAlive() || killed.stream().anyMatch(ProcessHandle::isAlive)) {
            if (System.nanoTime() - start > PATIENCE.toNanos()) {
                throw new AssertionError("the back end survived SIGKILL: " + killed);
            }
            LockSupport.parkNanos(1_000_000);
        }
        for (Path file : leftovers) {
            Files.deleteIfExists(file);
        }
    }
}
