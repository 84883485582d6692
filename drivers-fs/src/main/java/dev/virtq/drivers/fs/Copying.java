package dev.virtq.drivers.fs;

import dev.virtq.drivers.fs.channel.OpenHandle;
import dev.virtq.drivers.fs.channel.OpenModes;
import dev.virtq.drivers.fs.channel.RangeCopy;
import dev.virtq.drivers.fs.fuse.AttributeChange;
import dev.virtq.drivers.fs.fuse.FuseAttributes;
import dev.virtq.drivers.fs.fuse.OpenFile;
import dev.virtq.drivers.fs.fuse.OpenFlags;
import dev.virtq.drivers.fs.fuse.XattrCalls;
import dev.virtq.drivers.fs.node.LastName;
import dev.virtq.drivers.fs.node.NewFiles;
import dev.virtq.drivers.fs.node.Node;
import dev.virtq.drivers.fs.node.Place;
import dev.virtq.drivers.fs.node.Share;
import dev.virtq.drivers.fs.node.ShareErrors;
import dev.virtq.drivers.fs.path.LexicalPath;
import java.io.IOException;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/** Copies one file, link or directory to a name that is free. */
final class Copying {
    private static final OpenModes TO_READ = OpenModes.of(Set.of(StandardOpenOption.READ));
    private static final OpenModes TO_WRITE = OpenModes.of(Set.of(StandardOpenOption.WRITE));
    private static final int PERMISSIONS = 0xfff; // 07777

    private final Share share;
    private final int umask;

    Copying(VirtioFileSystem system) {
        share = system.share();
        umask = system.options().umask();
    }

    /**
     * Copies.
     *
     * @param withAttributes whether it gets times, owner, permissions and extended attributes, too
     */
    void copy(Node source, Place target, boolean withAttributes) throws IOException {
        FuseAttributes known = share.attributes(source);
        int mode = known.mode() & PERMISSIONS & ~umask;
        switch (known.type()) {
            case FuseAttributes.DIRECTORY -> share.newFiles().directory(target, mode);
            case FuseAttributes.SYMBOLIC_LINK ->
                    share.newFiles().link(target, share.readLink(source));
            case FuseAttributes.REGULAR -> content(source, target, mode);
            default -> share.newFiles().special(target, known.type() | mode, known.device());
        }
        if (withAttributes) {
            boolean done = false;
            try {
                attributes(source, known, target);
                done = true;
            } finally {
                if (!done) {
                    remove(target, known.isDirectory());
                }
            }
        }
    }

    private void content(Node source, Place target, int mode) throws IOException {
        OpenFile file = share.client().files().open(source.id(), OpenFlags.READ_ONLY);
        OpenHandle from = new OpenHandle(share, source.hold(), file, TO_READ, false, () -> {});
        boolean made = false;
        boolean done = false;
        try {
            int flags = OpenFlags.WRITE_ONLY | OpenFlags.EXCLUSIVE;
            NewFiles.Created created =
                    share.newFiles().create(target.directory(), target.free(), flags, mode);
            made = true;
            OpenHandle to =
                    new OpenHandle(
                            share, created.node(), created.file(), TO_WRITE, false, () -> {});
            try {
                RangeCopy.copyAll(from, to);
            } finally {
                to.close();
            }
            done = true;
        } finally {
            from.close();
            if (made && !done) {
                remove(target, false);
            }
        }
    }

    private void attributes(Node source, FuseAttributes known, Place target) throws IOException {
        try (Place copy =
                share.walk(
                        target.directory(),
                        LexicalPath.parse(target.free()),
                        LastName.ITSELF,
                        false)) {
            Node node = copy.existing();
            AttributeChange owner = AttributeChange.NONE.user(known.user()).group(known.group());
            if (known.type() == FuseAttributes.SYMBOLIC_LINK) {
                perhaps(() -> share.change(node, owner));
                return;
            }
            perhaps(() -> extended(source, node));
            perhaps(() -> share.change(node, owner));
            perhaps(() ->
                    share.change(node, AttributeChange.NONE.mode(known.mode() & PERMISSIONS)));
            share.change(
                    node,
                    AttributeChange.NONE.accessed(known.accessed()).modified(known.modified()));
        }
    }

    private void extended(Node source, Node copy) throws IOException {
        XattrCalls xattrs = share.client().xattrs();
        for (byte[] name : xattrs.list(source.id())) {
            perhaps(() -> xattrs.set(copy.id(), name, xattrs.get(source.id(), name)));
        }
    }

    @FunctionalInterface
    private interface Attempt {
        void run() throws IOException;
    }

    /** What the server refuses is left out: the owner, say, of who is not root. */
    private static void perhaps(Attempt attempt) throws IOException {
        try {
            attempt.run();
        } catch (IOException e) {
            if (ShareErrors.errno(e) == null) {
                throw e;
            }
        }
    }

    private void remove(Place target, boolean directory) {
        try {
            share.remove(target.directory(), target.named(), directory);
        } catch (IOException e) {
            System.getLogger(Copying.class.getName())
                    .log(System.Logger.Level.DEBUG, "half a copy could not be removed", e);
        }
    }
}
