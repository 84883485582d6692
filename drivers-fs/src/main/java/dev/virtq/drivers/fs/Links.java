package dev.virtq.drivers.fs;

import dev.virtq.drivers.fs.attribute.Permissions;
import dev.virtq.drivers.fs.fuse.Errno;
import dev.virtq.drivers.fs.node.RefusedException;
import java.io.IOException;
import java.nio.file.NotLinkException;
import java.nio.file.attribute.FileAttribute;

/** Symbolic and hard links. */
final class Links {
    private Links() {}

    static void symbolic(VirtioPath link, VirtioPath target, FileAttribute<?>... attributes)
            throws IOException {
        String text = target.toString();
        if (attributes.length > 0) {
            Permissions.initial(0, attributes);
            throw new UnsupportedOperationException(
                    "Initial file attributes not supported when creating symbolic link");
        }
        link.location()
                .at(
                        false,
                        (share, place) -> {
                            if (text.isEmpty()) {
                                throw new RefusedException(Errno.ENOENT);
                            }
                            share.newFiles().link(place, text);
                            return text;
                        });
    }

    static void hard(VirtioPath name, VirtioPath file) throws IOException {
        name.getFileSystem().checkSame(file);
        file.location()
                .at(
                        false,
                        name.location(),
                        Naming.Pair.all(Naming.of(name.toString(), file.toString())),
                        (share, from, to) -> {
                            share.newFiles().name(to, from.existing());
                            return name;
                        });
    }

    static VirtioPath read(VirtioPath link) throws IOException {
        return link.location()
                .at(
                        false,
                        (share, place) -> {
                            if (!share.isLink(place.existing())) {
                                throw new NotLinkException(link.toString());
                            }
                            String target = share.readLink(place.existing());
                            return link.getFileSystem().getPath(target);
                        });
    }
}
