package dev.virtq.drivers.fs.node;

import dev.virtq.drivers.fs.fuse.AttributeChange;
import dev.virtq.drivers.fs.fuse.DirectoryCalls;
import dev.virtq.drivers.fs.fuse.Errno;
import dev.virtq.drivers.fs.fuse.FileSystemSpace;
import dev.virtq.drivers.fs.fuse.FuseAttributes;
import dev.virtq.drivers.fs.fuse.FuseClient;
import dev.virtq.drivers.fs.fuse.FuseEntry;
import dev.virtq.drivers.fs.fuse.FuseOpcode;
import dev.virtq.drivers.fs.fuse.FuseProtocolException;
import dev.virtq.drivers.fs.fuse.KnownAttributes;
import dev.virtq.drivers.fs.fuse.OpenFile;
import dev.virtq.drivers.fs.path.LexicalPath;
import dev.virtq.drivers.fs.path.NameCodec;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The files of a share, with what is remembered of them. Each node that is returned is held, and
 * closed by whoever got it.
 *
 * <p>What a server says may be believed for as long as it says. A change that goes through here is
 * seen at once; one that somebody else made when that time is over, or when the server tells of it
 * over the notification queue.
 */
public final class Share {
    private static final int LONGEST_NAME = 255;
    private static final int REMEMBERED_NAMES = 16_384;

    private final FuseClient client;
    private final ForgetQueue forgets;
    private final NodeTable nodes;
    private final EntryCache cache;
    private final boolean remembers;
    private volatile boolean tellsBirth = true;
    private final NewFiles newFiles;

    /**
     * Makes one of which nothing is known.
     *
     * @param client who asks the server
     * @param remembers whether anything is remembered
     */
    public Share(FuseClient client, boolean remembers) {
        this.client = client;
        this.remembers = remembers;
        forgets = new ForgetQueue(client);
        nodes = new NodeTable(forgets, remembers);
        cache = new EntryCache(remembers ? REMEMBERED_NAMES : 0);
        newFiles = new NewFiles(this);
        client.connection().listen(new Invalidation(nodes, cache));
    }

    /** {@return who asks the server} */
    public FuseClient client() {
        return client;
    }

    /** {@return whether anything is remembered} */
    public boolean remembers() {
        return remembers;
    }

    /** {@return the directory that is shared; not to be closed} */
    public Node root() {
        return nodes.root();
    }

    /** {@return how many nodes the server was not told to forget, the root among them} */
    public int heldNodes() {
        return nodes.size();
    }

    /**
     * {@return where a path leads}
     *
     * @param base where a relative path begins
     * @param path the path
     * @param end what is asked about the last name
     * @param anew whether the server is asked for each name, also where it is remembered
     * @throws IOException when a directory on the way is not there, or the server cannot be asked
     */
    public Place walk(Node base, LexicalPath path, LastName end, boolean anew) throws IOException {
        return Walk.follow(this, base, path, end, anew);
    }

    Node lookup(Node directory, String name, boolean anew) throws IOException {
        Node remembered = anew ? null : cache.get(directory, name);
        if (remembered != null) {
            return remembered;
        }
        byte[] bytes = checked(name);
        long asked = System.nanoTime();
        try {
            return received(directory, name, client.nodes().lookup(directory.id(), bytes), asked);
        } catch (IOException e) {
            if (ShareErrors.is(e, Errno.ENOENT)) {
                cache.drop(directory, name);
            }
            throw e;
        }
    }

    /**
     * {@return the node of a name that the server named in an answer}
     *
     * @param directory the directory
     * @param name the name there
     * @param entry the answer, which counts as a lookup
     * @param asked when the server was asked, of {@link System#nanoTime}
     */
    public Node received(Node directory, String name, FuseEntry entry, long asked) {
        Node node = nodes.received(entry, asked);
        cache.put(directory, name, node, entry.entryValid(), asked);
        return node;
    }

    /** {@return the node of a name that was made just now} */
    Node made(Node directory, String name, FuseEntry entry, long asked) {
        Node node = nodes.received(entry, asked);
        cache.made(directory, name, node, entry.entryValid(), asked);
        return node;
    }

    /**
     * {@return what is known of a file}
     *
     * @param node the file
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public FuseAttributes attributes(Node node) throws IOException {
        FuseAttributes known = node.known();
        if (known != null) {
            return known;
        }
        long asked = System.nanoTime();
        return learned(node, client.nodes().attributes(node.id()), asked);
    }

    /**
     * {@return what is known of a file, and when it was made, where the server can tell}
     *
     * @param node the file
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public FuseAttributes attributesWithBirth(Node node) throws IOException {
        FuseAttributes known = node.known();
        if (!tellsBirth || (known != null && node.birthAsked())) {
            return attributes(node);
        }
        long asked = System.nanoTime();
        try {
            KnownAttributes answer = client.nodes().extendedAttributes(node.id());
            node.learnBirth(answer.attributes(), answer.valid(), asked);
            return answer.attributes();
        } catch (IOException e) {
            if (!ShareErrors.is(e, Errno.ENOSYS)) {
                throw e;
            }
            tellsBirth = false;
            return attributes(node);
        }
    }

    /**
     * {@return what the server knows of an open file now}
     *
     * @param node the file
     * @param file as it was opened
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public FuseAttributes attributes(Node node, OpenFile file) throws IOException {
        long asked = System.nanoTime();
        return learned(node, client.nodes().attributes(node.id(), file), asked);
    }

    /** As long as a node is held its number means the same file, and that keeps its type. */
    private static FuseAttributes learned(Node node, KnownAttributes answer, long asked)
            throws FuseProtocolException {
        FuseAttributes before = node.lastKnown();
        if (before != null && before.type() != answer.attributes().type()) {
            throw new FuseProtocolException(
                    FuseOpcode.GETATTR,
                    "node %d has mode 0%o (expected: type 0%o, as before)"
                            .formatted(node.id(), answer.attributes().mode(), before.type()));
        }
        node.learn(answer.attributes(), answer.valid(), asked);
        return answer.attributes();
    }

    /**
     * Changes what is known of a file.
     *
     * @param node the file
     * @param change what, and to what
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void change(Node node, AttributeChange change) throws IOException {
        AttributeChange whole =
                change.changesOwner() && !isDirectory(node) ? change.killingPrivileges() : change;
        try {
            client.nodes().change(node.id(), whole);
        } finally {
            node.changed();
        }
    }

    /**
     * {@return whether a file is a directory}
     *
     * @param node the file
     * @throws IOException when the server cannot be asked
     */
    public boolean isDirectory(Node node) throws IOException {
        return type(node) == FuseAttributes.DIRECTORY;
    }

    /**
     * {@return whether a file is a symbolic link}
     *
     * @param node the file
     * @throws IOException when the server cannot be asked
     */
    public boolean isLink(Node node) throws IOException {
        return type(node) == FuseAttributes.SYMBOLIC_LINK;
    }

    /**
     * {@return the type of a file: the upper four bits of its mode}
     *
     * @param node the file
     * @throws IOException when the server cannot be asked
     */
    public int type(Node node) throws IOException {
        FuseAttributes known = node.lastKnown();
        return known == null ? attributes(node).type() : known.type();
    }

    /**
     * {@return where a symbolic link points}
     *
     * @param link the link
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public String readLink(Node link) throws IOException {
        String known = remembers ? link.target() : null;
        if (known != null) {
            return known;
        }
        String target = NameCodec.decode(client.nodes().readLink(link.id()));
        if (target.indexOf('\0') >= 0) {
            throw new FuseProtocolException(
                    FuseOpcode.READLINK, "a link to a name with a zero in it");
        }
        link.target(target);
        return target;
    }

    /** {@return what makes files and names} */
    public NewFiles newFiles() {
        return newFiles;
    }

    /**
     * Takes a name away.
     *
     * @param directory where
     * @param name the name
     * @param isDirectory whether it is one of a directory, which must be empty
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void remove(Node directory, String name, boolean isDirectory) throws IOException {
        byte[] bytes = checked(name);
        try {
            if (isDirectory) {
                client.nodes().removeDirectory(directory.id(), bytes);
            } else {
                client.nodes().remove(directory.id(), bytes);
            }
        } finally {
            cache.remove(directory, name);
        }
    }

    /**
     * Gives a file another name; what had it is replaced.
     *
     * @param from where it is
     * @param to where it will be
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void rename(Place from, Place to) throws IOException {
        from.existing(); // servers count on it that somebody has looked
        String oldName = from.named();
        String newName = to.named();
        try {
            client.nodes()
                    .rename(
                            from.directory().id(),
                            checked(oldName),
                            to.directory().id(),
                            checked(newName));
        } finally {
            cache.remove(from.directory(), oldName);
            cache.remove(to.directory(), newName);
            changed(from.node());
            changed(to.node());
        }
    }

    private static void changed(@Nullable Node node) {
        if (node != null) {
            node.changed();
        }
    }

    /**
     * {@return how much room there is}
     *
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public FileSystemSpace space() throws IOException {
        return client.nodes().space(FuseClient.ROOT);
    }

    /** {@return requests about what is in a directory} */
    public DirectoryCalls directories() {
        return client.directories();
    }

    /** {@return the bytes of a name, if it is not too long} */
    static byte[] checked(String name) throws RefusedException {
        byte[] bytes = NameCodec.encode(name);
        if (bytes.length > LONGEST_NAME) {
            throw new RefusedException(Errno.ENAMETOOLONG);
        }
        return bytes;
    }

    /** Forgets everything, and tells the server. */
    public void forgetAll() {
        cache.clear();
        forgets.send();
    }
}
