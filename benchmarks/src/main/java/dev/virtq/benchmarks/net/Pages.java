package dev.virtq.benchmarks.net;

import dev.virtq.device.DeviceType;
import dev.virtq.transport.vhostuser.VhostUserMachine;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What DPDK's processes have their memory from.
 *
 * @param folder where huge pages of 2 MiB are mounted; {@code null} for pages of 4 KiB
 */
record Pages(@Nullable Path folder) {
    static final Pages SMALL = new Pages(null);

    private static final long OUR_BYTES = 64 << 20;

    /** {@return those that {@code benchmarks/hugepages} has set up} */
    static Pages ofEnvironment() {
        String folder = System.getenv("VIRTQ_HUGE_FOLDER");
        return folder == null || folder.isEmpty() ? SMALL : new Pages(Path.of(folder));
    }

    /** {@return what a program of DPDK is told} */
    List<String> arguments() {
        return folder == null
                ? List.of("--no-huge", "-m", "768") // there it cannot take more when it needs it
                : List.of("--huge-dir", folder.toString(), "-m", "256");
    }

    /** {@return which each side has; ours takes what the system gives} */
    @Override
    public String toString() {
        String ours;
        try (VhostUserMachine machine =
                VhostUserMachine.of(Path.of("none"), DeviceType.NETWORK, OUR_BYTES)) {
            ours = machine.details().get("pages").replaceFirst(",.*", "");
        }
        return "DPDK on pages of %s, virtq of %s"
                .formatted(folder == null ? "4 KiB" : "2 MiB", ours);
    }
}
