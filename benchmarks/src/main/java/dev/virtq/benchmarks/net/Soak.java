package dev.virtq.benchmarks.net;

import dev.virtq.benchmarks.Ending;
import dev.virtq.benchmarks.ringtest.Cores;
import dev.virtq.device.DeviceType;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.transport.vhostuser.VhostUserMachine;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Numbered frames to DPDK's vhost and back, through one kind of ring after the other, each several
 * times: none may be lost or come back twice, the device must have counted as many, and in the end
 * the process may hold no more than in the beginning.
 *
 * <pre>{@code Soak [PACKETS | SECONDSs]}</pre>
 *
 * @param packets how many frames are sent
 * @param time how long at most
 */
public record Soak(long packets, Duration time) {
    private static final long MEMORY_BYTES = 64 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int CYCLES = 4;
    private static final int SAMPLES_A_CONNECTION = 2;

    /**
     * Runs it.
     *
     * @param arguments {@code 1000000000} for so many packets, {@code 60s} for so many seconds,
     *     which is also what it is without any
     */
    public static void main(String[] arguments) {
        Soak soak;
        try {
            soak = of(arguments.length == 0 ? "60s" : arguments[0]);
        } catch (IllegalArgumentException e) {
            Ending.forWrongArguments(e.getMessage());
            return;
        }
        Ending.with(soak::run);
    }

    private void run() throws IOException, InterruptedException {
        Pages pages = Pages.ofEnvironment();
        System.out.println(pages);
        Cores.tieTo(0);
        Path folder = Files.createTempDirectory("virtq-soak");
        Path socket = folder.resolve("net.sock");
        try (Testpmd device = Testpmd.device(socket, pages)) {
            run(device, socket, System.out);
        } finally {
            Files.deleteIfExists(socket);
            Files.delete(folder);
        }
    }

    private static Soak of(String length) {
        try {
            boolean seconds = length.endsWith("s");
            long number =
                    Long.parseLong(seconds ? length.substring(0, length.length() - 1) : length);
            if (number > 0) {
                return seconds
                        ? new Soak(Long.MAX_VALUE, Duration.ofSeconds(number))
                        : new Soak(number, Duration.ofDays(365));
            }
        } catch (NumberFormatException e) {
            // The same is wrong with it.
        }
        throw new IllegalArgumentException(
                "a soak of '%s' (expected: a number of packets, or of seconds as in 60s)"
                        .formatted(length));
    }

    /**
     * Runs it on a device that has just been started.
     *
     * @param out where it tells how it goes
     * @throws IllegalStateException when a frame was lost, came back twice or was changed, when the
     *     device has counted other frames, or when the process has come to hold more
     */
    void run(Testpmd device, Path socket, PrintStream out)
            throws IOException, InterruptedException {
        device.await();
        device.forward("io", Reflections.BYTES);
        NumberedFrames frames = new NumberedFrames(Reflections.WINDOW);
        List<Footprint> footprints = new ArrayList<>();
        List<Ring> rings = Ring.all();
        int connections = CYCLES * rings.size();
        for (int i = 0; i < connections; i++) {
            long count = packets / connections + (i < packets % connections ? 1 : 0);
            long before = frames.sent();
            long start = System.nanoTime();
            soak(
                    socket,
                    rings.get(i % rings.size()),
                    count,
                    time.dividedBy(connections),
                    frames,
                    footprints);
            check(device.counts(), frames);
            out.printf(
                    "%2d of %d, %-26s %,15d frames, %5.2f Mpps; %s%n",
                    i + 1,
                    connections,
                    rings.get(i % rings.size()).name(),
                    frames.sent() - before,
                    (frames.sent() - before) * 1e3 / (System.nanoTime() - start),
                    footprints.getLast());
        }
        out.printf("%,d frames came back, each once%n", frames.back());
        check(footprints, out);
    }

    private static void soak(
            Path socket,
            Ring ring,
            long count,
            Duration time,
            NumberedFrames frames,
            List<Footprint> footprints)
            throws IOException {
        try (VhostUserMachine machine =
                        VhostUserMachine.of(socket, DeviceType.NETWORK, MEMORY_BYTES);
                NetDevice net =
                        NetDevice.open(machine.transport(DeviceType.NETWORK), ring.options())) {
            Reflections reflections = new Reflections(net, frames, PATIENCE);
            for (int i = 0; i < SAMPLES_A_CONNECTION; i++) {
                reflections.run(
                        count / SAMPLES_A_CONNECTION + (i < count % SAMPLES_A_CONNECTION ? 1 : 0),
                        time.dividedBy(SAMPLES_A_CONNECTION));
                footprints.add(Footprint.now());
            }
        }
    }

    private static void check(Testpmd.Counts counts, NumberedFrames frames) {
        if (counts.received() != frames.sent() || counts.sent() != frames.back()) {
            throw new IllegalStateException(
                    "the device counted %s (expected: %d frames each way)"
                            .formatted(counts, frames.sent()));
        }
    }

    private static void check(List<Footprint> footprints, PrintStream out) {
        int quarter = footprints.size() / 4;
        Footprint first = Footprint.median(footprints.subList(0, quarter));
        Footprint last =
                Footprint.median(
                        footprints.subList(footprints.size() - quarter, footprints.size()));
        out.printf("the first quarter: %s%nthe last quarter:  %s%n", first, last);
        if (!last.isFlatAfter(first)) {
            throw new IllegalStateException(
                    "the process holds more in the end: %s (expected: %s)".formatted(last, first));
        }
    }
}
