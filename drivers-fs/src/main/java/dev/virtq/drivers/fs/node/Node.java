package dev.virtq.drivers.fs.node;

import dev.virtq.drivers.fs.fuse.FuseAttributes;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A file of the share, by the server's number for it. It is held by whoever got it, until that one
 * closes it; when nobody holds it any more, the server is told to forget it.
 */
public final class Node implements AutoCloseable {
    private final NodeTable table;
    private final long id;

    /** How often the server has counted a lookup. Guarded by the table. */
    long lookups;

    /** How many hold it. Guarded by the table. */
    int holders;

    private @Nullable FuseAttributes known;
    private long knownSince;
    private long knownFor;
    private long changed;
    private long namesChanged;
    private @Nullable String target;
    private boolean birthAsked;

    /**
     * Makes one of which nothing is known.
     *
     * @param changed when it may have been changed last, of {@link System#nanoTime}
     */
    Node(NodeTable table, long id, long changed) {
        this.table = table;
        this.id = id;
        this.changed = changed;
        namesChanged = changed;
    }

    /** {@return the server's number} */
    public long id() {
        return id;
    }

    /** {@return this node, held once more} */
    public Node hold() {
        table.hold(this);
        return this;
    }

    /** Lets go of it. */
    @Override
    public void close() {
        table.letGo(this);
    }

    /** {@return what is known, if it may still be believed} */
    synchronized @Nullable FuseAttributes known() {
        return System.nanoTime() - knownSince < knownFor ? known : null;
    }

    /** {@return what was known last, however old: the type of a file does not change} */
    synchronized @Nullable FuseAttributes lastKnown() {
        return known;
    }

    /**
     * Takes note of attributes, unless they may be older than a change.
     *
     * @param asked when the server was asked, of {@link System#nanoTime}
     */
    synchronized void learn(FuseAttributes attributes, Duration valid, long asked) {
        FuseAttributes before = known;
        FuseAttributes now = attributes;
        if (before != null
                && (before.type() != attributes.type() || before.inode() != attributes.inode())) {
            target = null;
            birthAsked = false;
        } else if (before != null && attributes.born() == null) {
            now = attributes.bornAt(before.born()); // most answers leave out what never changes
        }
        known = now;
        knownSince = asked;
        knownFor = asked - changed > 0 ? table.validity(valid) : 0;
    }

    /** Takes note of attributes from a server that was asked when the file was made. */
    synchronized void learnBirth(FuseAttributes attributes, Duration valid, long asked) {
        learn(attributes, valid, asked);
        birthAsked = true;
    }

    /** {@return whether it is known when the file was made, or that nobody can tell} */
    synchronized boolean birthAsked() {
        return birthAsked;
    }

    /** Its attributes are no longer what they were. */
    public synchronized void changed() {
        changed = System.nanoTime();
        knownFor = 0;
    }

    /** Nothing of it is what it was, by the word of the server. */
    synchronized void invalid() {
        changed();
        target = null;
    }

    /** So are the names in it. {@return since when, of {@link System#nanoTime}} */
    synchronized long namesChanged() {
        changed();
        namesChanged = changed;
        return changed;
    }

    /** {@return whether a name that was asked for then may be remembered} */
    synchronized boolean namesHeldSince(long asked) {
        return asked - namesChanged > 0;
    }

    /** {@return where the link points, which stays as it is as long as the link does} */
    synchronized @Nullable String target() {
        return target;
    }

    synchronized void target(String path) {
        target = path;
    }
}
