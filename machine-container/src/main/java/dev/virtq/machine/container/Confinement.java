package dev.virtq.machine.container;

import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import dev.virtq.machine.qemu.QemuCommandLine;
import dev.virtq.machine.qemu.RunFolder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One QEMU and what its container may do: read the paths that the machine shares, write to the
 * machine's folder, and nothing else. QEMU's user network needs no network of the container.
 *
 * <p>Who serves a folder to the machine's guest does it as the JVM's user: what is made there is
 * that user's. When that is root, the container has the capabilities that root uses on files, and
 * QEMU has none of them.
 *
 * @param commandLine what to run
 * @param folder the machine's folder
 * @param user who runs it
 */
record Confinement(QemuCommandLine commandLine, RunFolder folder, ContainerUser user) {
    /** Marks the containers of this class, whatever JVM made them. */
    static final String LABEL = "dev.virtq.machine";

    /** What QEMU needs beside the machine's RAM, generously. */
    private static final long OWN_MEMORY = 512L << 20;

    /** QEMU has a thread for each of a few things, and at most 64 for slow files. */
    private static final long PROCESSES = 128;

    /**
     * What root may do with files, become another user for, and end other users' processes with.
     */
    private static final Capability[] OF_ROOT_ON_FILES = {
        Capability.CHOWN,
        Capability.DAC_OVERRIDE,
        Capability.FOWNER,
        Capability.FSETID,
        Capability.KILL,
        Capability.MKNOD,
        Capability.SETFCAP,
        Capability.SETGID,
        Capability.SETPCAP,
        Capability.SETUID
    };

    private static final String WATCHDOG = resource("watchdog.sh");

    void applyTo(CreateContainerCmd command) {
        command.withEntrypoint("/bin/sh", "-c", WATCHDOG, "watchdog", folder.path().toString())
                .withCmd(commandLine.toList(folder, becomingUser()))
                .withUser(servesAsRoot() ? "0:0" : user.inside())
                .withWorkingDir("/")
                .withTty(false)
                .withAttachStdin(true)
                .withStdinOpen(true)
                .withStdInOnce(true);
        Objects.requireNonNull(command.getLabels(), "labels").put(LABEL, folder.path().toString());
        HostConfig host = Objects.requireNonNull(command.getHostConfig(), "host configuration");
        long memory = commandLine.memoryBytes() + OWN_MEMORY;
        host.withAutoRemove(true)
                .withNetworkMode("none")
                .withCapDrop(Capability.ALL)
                .withSecurityOpts(List.of("no-new-privileges"))
                .withReadonlyRootfs(true)
                .withPidsLimit(PROCESSES)
                .withMemory(memory)
                .withMemorySwap(memory)
                .withCapAdd(servesAsRoot() ? OF_ROOT_ON_FILES : new Capability[0])
                .withLogConfig(
                        new LogConfig(
                                LogConfig.LoggingType.JSON_FILE,
                                Map.of("max-size", "1m", "max-file", "1")))
                .withMounts(mounts());
    }

    private boolean servesAsRoot() {
        return user.standsInForRoot() && !commandLine.writtenPaths().isEmpty();
    }

    /** {@return the words before QEMU's that give up what is root's} */
    private List<String> becomingUser() {
        return servesAsRoot()
                ? List.of(
                        "setpriv",
                        "--reuid=" + user.uid(),
                        "--regid=" + user.gid(),
                        "--clear-groups",
                        "--inh-caps=-all",
                        "--bounding-set=-all",
                        "--")
                : List.of();
    }

    private List<Mount> mounts() {
        List<Mount> mounts = new ArrayList<>();
        // The type bind, unlike a plain volume, is refused when the engine does not see the path.
        mounts.add(bind(folder.path()));
        commandLine.sharedPaths().forEach(path -> mounts.add(bind(path).withReadOnly(true)));
        commandLine.writtenPaths().forEach(path -> mounts.add(bind(path)));
        return mounts;
    }

    private static Mount bind(Path path) {
        return new Mount()
                .withType(MountType.BIND)
                .withSource(path.toString())
                .withTarget(path.toString());
    }

    static String resource(String name) {
        try (InputStream stream = Confinement.class.getResourceAsStream(name)) {
            return new String(
                    Objects.requireNonNull(stream, name + " is missing in the jar").readAllBytes(),
                    StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read " + name + " in the jar", failure);
        }
    }
}
