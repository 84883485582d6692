package dev.virtq.drivers.fs;

import dev.virtq.drivers.fs.fuse.Errno;
import dev.virtq.drivers.fs.node.Place;
import dev.virtq.drivers.fs.node.Share;
import dev.virtq.drivers.fs.node.ShareErrors;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;

/** Deletes. */
final class Removal {
    private Removal() {}

    /**
     * Deletes a file or an empty directory.
     *
     * @param directory which of both
     * @param shown what it is called in messages
     */
    static void remove(Share share, Place place, boolean directory, String shown)
            throws IOException {
        try {
            share.remove(place.directory(), place.removable(), directory);
        } catch (IOException e) {
            if (ShareErrors.is(e, Errno.ENOTEMPTY, Errno.EEXIST)) {
                DirectoryNotEmptyException translated = new DirectoryNotEmptyException(shown);
                translated.initCause(e);
                throw translated;
            }
            throw e;
        }
    }
}
