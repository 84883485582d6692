package dev.virtq.drivers.fs;

import dev.virtq.drivers.fs.fuse.Errno;
import dev.virtq.drivers.fs.fuse.FuseAttributes;
import dev.virtq.drivers.fs.fuse.FuseOptions;
import dev.virtq.drivers.fs.node.Node;
import dev.virtq.drivers.fs.node.RefusedException;
import dev.virtq.drivers.fs.node.Share;
import dev.virtq.drivers.fs.node.ShareErrors;
import java.io.IOException;
import java.nio.file.AccessMode;

/** Says whether something may be done: the server, or the mode where it leaves that to us. */
final class AccessCheck {
    private static final int READ = 4;
    static final int WRITE = 2;
    private static final int EXECUTE = 1;
    private static final int ANYBODY_EXECUTES = 0x49; // 0111

    private AccessCheck() {}

    static void check(VirtioPath path, AccessMode... modes) throws IOException {
        int mask = mask(modes);
        FuseOptions user = path.getFileSystem().options().fuse();
        path.location()
                .at(
                        true,
                        Naming.ofSeen(path.toString()),
                        (share, place) -> {
                            Node node = place.existing();
                            if (mask != 0) {
                                ask(share, node, mask, user);
                            }
                            return mask;
                        });
    }

    private static int mask(AccessMode... modes) {
        int mask = 0;
        for (AccessMode mode : modes) {
            mask |=
                    switch (mode) {
                        case READ -> READ;
                        case WRITE -> WRITE;
                        case EXECUTE -> EXECUTE;
                    };
        }
        return mask;
    }

    private static void ask(Share share, Node node, int mask, FuseOptions user) throws IOException {
        try {
            share.client().nodes().checkAccess(node.id(), mask);
        } catch (IOException e) {
            if (!ShareErrors.isUnknown(e)) {
                throw e;
            }
            if ((allowed(share.attributes(node), user) & mask) != mask) {
                throw new RefusedException(Errno.EACCES);
            }
        }
    }

    private static int allowed(FuseAttributes file, FuseOptions user) {
        int mode = file.mode();
        if (user.user() == 0) {
            boolean executes = file.isDirectory() || (mode & ANYBODY_EXECUTES) != 0;
            return READ | WRITE | (executes ? EXECUTE : 0);
        }
        if (user.user() == file.user()) {
            return mode >> 6 & 7;
        }
        boolean member = user.group() == file.group() || user.groups().contains(file.group());
        return (member ? mode >> 3 : mode) & 7;
    }
}
