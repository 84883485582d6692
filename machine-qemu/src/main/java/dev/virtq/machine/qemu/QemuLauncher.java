package dev.virtq.machine.qemu;

/**
 * A way to run QEMU: as a process of this computer ({@link QemuProcess#launcher()}), or in a
 * container.
 *
 * <p>Whatever it is, it sees the {@link RunFolder} and the {@linkplain QemuCommandLine#sharedPaths
 * shared paths} under the same names as the JVM does, and it sees to it that QEMU ends and the
 * folder goes when the JVM dies.
 */
@FunctionalInterface
public interface QemuLauncher {
    /**
     * Launches QEMU, and does not wait until it is ready.
     *
     * @param commandLine what to run
     * @param folder where its RAM file and its firmware are, and its sockets will be
     * @return the QEMU that runs
     * @throws QemuException when it cannot be launched
     */
    RunningQemu launch(QemuCommandLine commandLine, RunFolder folder);
}
