package dev.virtq.drivers.fs.node;

import dev.virtq.drivers.fs.fuse.AttributeChange;
import dev.virtq.drivers.fs.fuse.Errno;
import dev.virtq.drivers.fs.fuse.FileCalls;
import dev.virtq.drivers.fs.fuse.FuseAttributes;
import dev.virtq.drivers.fs.fuse.FuseClient;
import dev.virtq.drivers.fs.fuse.FuseEntry;
import dev.virtq.drivers.fs.fuse.OpenFile;
import dev.virtq.drivers.fs.fuse.OpenFlags;
import dev.virtq.drivers.fs.path.NameCodec;
import java.io.IOException;

/** Makes files of all kinds, and names for them. */
public final class NewFiles {
    private final Share share;
    private volatile boolean createsAtOnce = true;

    NewFiles(Share share) {
        this.share = share;
    }

    private FuseClient client() {
        return share.client();
    }

    /**
     * Makes a symbolic link.
     *
     * @param place where
     * @param target where it points
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void link(Place place, String target) throws IOException {
        String name = place.free();
        byte[] way = NameCodec.encode(target);
        if (way.length > Walk.LONGEST_PATH) {
            throw new RefusedException(Errno.ENAMETOOLONG);
        }
        long asked = System.nanoTime();
        FuseEntry entry =
                client().nodes().symbolicLink(place.directory().id(), Share.checked(name), way);
        share.made(place.directory(), name, entry, asked).close();
    }

    /**
     * Gives a file one more name.
     *
     * @param place the name
     * @param node the file
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void name(Place place, Node node) throws IOException {
        String name = place.free();
        long asked = System.nanoTime();
        FuseEntry entry =
                client().nodes().hardLink(place.directory().id(), Share.checked(name), node.id());
        node.changed();
        share.made(place.directory(), name, entry, asked).close();
    }

    /**
     * Makes a directory.
     *
     * @param place where
     * @param mode its permissions
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void directory(Place place, int mode) throws IOException {
        String name = place.free();
        long asked = System.nanoTime();
        FuseEntry entry =
                client().nodes().makeDirectory(place.directory().id(), Share.checked(name), mode);
        share.made(place.directory(), name, entry, asked).close();
    }

    /**
     * Makes a file of another kind: a pipe, a socket or a device.
     *
     * @param place where
     * @param mode type and permissions
     * @param device the number of the device that it stands for; 0 for none
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void special(Place place, int mode, int device) throws IOException {
        String name = place.free();
        long asked = System.nanoTime();
        FuseEntry entry =
                client().nodes().make(place.directory().id(), Share.checked(name), mode, device);
        share.made(place.directory(), name, entry, asked).close();
    }

    /**
     * Makes a file and opens it: at once, or in two steps on a server that knows no CREATE.
     *
     * @param directory where
     * @param name its name there
     * @param flags of {@link dev.virtq.drivers.fs.fuse.OpenFlags}
     * @param mode its permissions
     * @return the file
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public Created create(Node directory, String name, int flags, int mode) throws IOException {
        byte[] bytes = Share.checked(name);
        if (createsAtOnce) {
            long asked = System.nanoTime();
            try {
                FileCalls.Created created =
                        client().files().create(directory.id(), bytes, flags, mode);
                Node node = share.made(directory, name, created.entry(), asked);
                return new Created(node, created.file());
            } catch (IOException e) {
                if (!ShareErrors.is(e, Errno.ENOSYS)) {
                    throw e;
                }
                createsAtOnce = false;
            }
        }
        Node node = made(directory, name, bytes, (flags & OpenFlags.EXCLUSIVE) != 0, mode);
        return opened(node, flags & ~OpenFlags.EXCLUSIVE);
    }

    /** {@return the file of a name: a new one, or one that somebody made meanwhile} */
    private Node made(Node directory, String name, byte[] bytes, boolean exclusive, int mode)
            throws IOException {
        long asked = System.nanoTime();
        try {
            int regular = FuseAttributes.REGULAR | mode;
            FuseEntry entry = client().nodes().make(directory.id(), bytes, regular, 0);
            return share.made(directory, name, entry, asked);
        } catch (IOException e) {
            if (exclusive || !ShareErrors.is(e, Errno.EEXIST)) {
                throw e;
            }
            return share.lookup(directory, name, true);
        }
    }

    private Created opened(Node node, int flags) throws IOException {
        boolean done = false;
        try {
            // Nearly always it is empty, and to empty it while it is opened takes an agreement.
            OpenFile file = client().files().open(node.id(), flags & ~OpenFlags.TRUNCATE);
            if ((flags & OpenFlags.TRUNCATE) != 0) {
                share.change(node, AttributeChange.NONE.size(0).of(file));
            }
            done = true;
            return new Created(node, file);
        } finally {
            if (!done) {
                node.close();
            }
        }
    }

    /**
     * A file that was made and opened.
     *
     * @param node the file; held
     * @param file as it was opened
     */
    public record Created(Node node, OpenFile file) {}
}
