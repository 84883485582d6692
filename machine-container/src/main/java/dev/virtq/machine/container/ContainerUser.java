package dev.virtq.machine.container;

import dev.virtq.machine.qemu.QemuException;
import dev.virtq.machine.qemu.RunFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/**
 * The user that QEMU runs as in its container, which is never root: the JVM's own, so that the JVM
 * may connect to QEMU's sockets; another one when the JVM is root, which may connect anyway.
 *
 * @param uid the user's number on this computer
 * @param gid the number of the user's group on this computer
 * @param inside both numbers as the container knows them
 */
record ContainerUser(int uid, int gid, String inside) {
    /** Neither a user of this computer nor of the image, as a rule. */
    private static final int NOBODY_IN_PARTICULAR = 65532;

    /**
     * The user to run QEMU as.
     *
     * @param rootless whether the engine runs without root, as the JVM's user: its containers see
     *     that user as root, who is nobody else's root and has no capabilities in our container
     */
    static ContainerUser ofThisJvm(boolean rootless) {
        Path self = Path.of("/proc/self");
        try {
            int uid = (Integer) Files.getAttribute(self, "unix:uid");
            int gid = (Integer) Files.getAttribute(self, "unix:gid");
            return of(uid, gid, rootless);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read the JVM's user from /proc", failure);
        }
    }

    static ContainerUser of(int uid, int gid, boolean rootless) {
        if (uid == 0) {
            return new ContainerUser(
                    NOBODY_IN_PARTICULAR,
                    NOBODY_IN_PARTICULAR,
                    NOBODY_IN_PARTICULAR + ":" + NOBODY_IN_PARTICULAR);
        }
        return new ContainerUser(uid, gid, rootless ? "0:0" : uid + ":" + gid);
    }

    /** {@return whether this is not the JVM's own user, which is root} */
    boolean standsInForRoot() {
        return uid == NOBODY_IN_PARTICULAR;
    }

    /** Lets this user use the folder, unless it is the JVM's own. */
    void admit(RunFolder folder) {
        if (standsInForRoot()) {
            folder.shareWithGroup(gid);
        }
    }

    /**
     * Refuses what QEMU could not read.
     *
     * @throws QemuException when this user may not read the file or folder
     */
    void checkReadable(Path path) {
        try {
            if ((Integer) Files.getAttribute(path, "unix:uid") == uid) {
                return;
            }
            Set<PosixFilePermission> modes = Files.getPosixFilePermissions(path);
            if (!modes.contains(PosixFilePermission.OTHERS_READ)
                    || (Files.isDirectory(path)
                            && !modes.contains(PosixFilePermission.OTHERS_EXECUTE))) {
                throw new QemuException(
                        ("QEMU runs in the container as user %d, who may not read %s: let everybody"
                                        + " read it (chmod o+rX %s)")
                                .formatted(uid, path, path));
            }
        } catch (IOException failure) {
            throw new QemuException(
                    "cannot look at %s, which QEMU is to read: %s".formatted(path, failure),
                    failure);
        }
    }
}
