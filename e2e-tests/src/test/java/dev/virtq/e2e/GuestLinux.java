package dev.virtq.e2e;

import dev.virtq.testing.Prerequisite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The Linux that a guest boots, as the script {@code e2e-tests/guest-linux} brings it.
 *
 * @param folder where it is
 */
record GuestLinux(Path folder) {
    /** Skips the test where there is none, or fails it where QEMU is required. */
    static GuestLinux require() {
        GuestLinux linux =
                new GuestLinux(
                        environment("VIRTQ_GUEST_LINUX")
                                .orElseGet(() ->
                                        environment("XDG_CACHE_HOME")
                                                .orElse(
                                                        Path.of(
                                                                System.getProperty("user.home"),
                                                                ".cache"))
                                                .resolve("virtq/guest-linux")));
        Prerequisite.QEMU.check(
                System.getProperty("os.arch").equals("amd64"),
                "the guest is an x86-64, and runs this computer's Java, which is for another CPU");
        Prerequisite.QEMU.check(
                Files.exists(linux.kernel()) && Files.exists(linux.busybox()),
                "no Linux for a guest is in %s; e2e-tests/guest-linux brings one"
                        .formatted(linux.folder));
        return linux;
    }

    private static Optional<Path> environment(String name) {
        return Optional.ofNullable(System.getenv(name))
                .filter(value -> !value.isEmpty())
                .map(Path::of);
    }

    Path kernel() {
        return folder.resolve("vmlinuz");
    }

    Path busybox() {
        return folder.resolve("busybox");
    }

    /** {@return the folder of the modules, in the order in which they are to be loaded} */
    Path modules() throws IOException {
        return folder.resolve("modules").toRealPath();
    }
}
