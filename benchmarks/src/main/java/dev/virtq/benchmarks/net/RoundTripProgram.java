package dev.virtq.benchmarks.net;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code round_trips.c} on DPDK's driver, compiled where it runs. testpmd has no mode for one frame
 * at a time.
 */
final class RoundTripProgram {
    private static final String SOURCE = "round_trips.c";

    private final Path program;

    private RoundTripProgram(Path program) {
        this.program = program;
    }

    /**
     * Compiles it.
     *
     * @param folder for the program
     * @throws IOException when that cannot be done here; the message says what is missing
     */
    static RoundTripProgram compile(Path folder) throws IOException, InterruptedException {
        Path source = folder.resolve(SOURCE);
        try (InputStream in = RoundTripProgram.class.getResourceAsStream("/" + SOURCE)) {
            Files.copy(in, source);
        }
        Path program = folder.resolve("round_trips");
        List<String> command =
                new ArrayList<>(List.of("cc", "-O3", "-o", program.toString(), source.toString()));
        command.addAll(
                List.of(run(List.of("pkg-config", "--cflags", "--libs", "libdpdk")).split("\\s+")));
        run(command);
        return new RoundTripProgram(program);
    }

    private static String run(List<String> command) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new IOException(
                    "no %s; apt-get install gcc pkg-config dpdk-dev".formatted(command.getFirst()),
                    e);
        }
        String said =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.waitFor() != 0) {
            throw new IOException(
                    "%s fails (%s); apt-get install gcc pkg-config dpdk-dev"
                            .formatted(command.getFirst(), said.lines().findFirst().orElse("")));
        }
        return said;
    }

    /** Starts it on core 0. */
    OwnDriver start(Setting setting, Ring ring, int bytes, long count) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                program.toString(),
                                "--lcores",
                                "0@0",
                                "--no-pci",
                                "--no-telemetry",
                                "--no-shconf",
                                "--log-level=3", // errors
                                "--file-prefix",
                                "virtq-round-trips",
                                "--single-file-segments",
                                "--vdev",
                                "net_virtio_user0,path="
                                        + setting.socket()
                                        + ","
                                        + ring.deviceArguments()));
        command.addAll(setting.pages().arguments());
        command.addAll(
                List.of(
                        "--",
                        Integer.toString(bytes),
                        Integer.toString(Setting.DPDK_WARM_UP_SECONDS),
                        Long.toString(count)));
        return OwnDriver.program(command);
    }
}
