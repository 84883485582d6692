package dev.virtq.drivers.fs.node;

import dev.virtq.drivers.fs.fuse.Errno;
import dev.virtq.drivers.fs.path.LexicalPath;
import dev.virtq.drivers.fs.path.NameCodec;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Follows a path, name by name. A link that begins with a slash goes on at the root of the share,
 * as it would for a process whose root that is; {@code ..} at the root stays there.
 */
final class Walk implements AutoCloseable {
    private static final int MOST_LINKS = 40; // as Linux

    /** PATH_MAX of Linux without its zero: so many bytes has a path, or where a link points. */
    static final int LONGEST_PATH = 4095;

    private static final String UP = "..";
    private static final String HERE = ".";

    private final Share share;
    private final Deque<String> ahead = new ArrayDeque<>();
    private final List<Node> trail = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private final boolean anew;
    private int links;
    private Errno unnamed = Errno.EBUSY;

    private Walk(Share share, Node base, LexicalPath path, boolean anew) throws RefusedException {
        this.share = share;
        this.anew = anew;
        trail.add(base.hold());
        if (NameCodec.encode(path.toString()).length > LONGEST_PATH) {
            close();
            throw new RefusedException(Errno.ENAMETOOLONG);
        }
        ahead.addAll(path.names());
    }

    /**
     * {@return where a path leads}
     *
     * @param base where a relative path begins
     * @param end what is asked about the last name
     * @param anew whether the server is asked for each name, also where it is remembered
     * @throws RefusedException ENOENT when a directory on the way is not there, and the like
     */
    static Place follow(Share share, Node base, LexicalPath path, LastName end, boolean anew)
            throws IOException {
        try (Walk walk = new Walk(share, path.isAbsolute() ? share.root() : base, path, anew)) {
            return walk.run(end);
        }
    }

    private Place run(LastName end) throws IOException {
        while (true) {
            String name = ahead.poll();
            Node here = trail.getLast();
            if (name == null) {
                return new Place(here.hold(), List.copyOf(names), null, here.hold(), unnamed);
            }
            if (name.equals(UP)) {
                goUp();
                unnamed = Errno.ENOTEMPTY;
            } else if (name.equals(HERE)) {
                unnamed = Errno.EINVAL;
            } else if (!name.isEmpty()) {
                boolean last = ahead.isEmpty();
                if (last && end == LastName.TO_BE_MADE) {
                    return new Place(here.hold(), List.copyOf(names), name, null, unnamed);
                }
                Node next;
                try {
                    next = share.lookup(here, name, anew);
                } catch (IOException e) {
                    if (last && ShareErrors.is(e, Errno.ENOENT)) {
                        return new Place(here.hold(), List.copyOf(names), name, null, unnamed);
                    }
                    throw e;
                }
                Place found = goOn(name, next, last, end == LastName.FOLLOWED);
                if (found != null) {
                    return found;
                }
            }
        }
    }

    private @Nullable Place goOn(String name, Node next, boolean last, boolean follow)
            throws IOException {
        try {
            if (share.isLink(next) && (!last || follow)) {
                followLink(next);
            } else if (last) {
                return new Place(
                        trail.getLast().hold(), List.copyOf(names), name, next.hold(), unnamed);
            } else if (share.isDirectory(next)) {
                trail.add(next.hold());
                names.add(name);
            } else {
                throw new RefusedException(Errno.ENOTDIR);
            }
            return null;
        } finally {
            next.close();
        }
    }

    private void followLink(Node link) throws IOException {
        links++;
        if (links > MOST_LINKS) {
            throw new RefusedException(Errno.ELOOP);
        }
        String target = share.readLink(link);
        if (target.isEmpty()) {
            throw new RefusedException(Errno.ENOENT);
        }
        LexicalPath path = LexicalPath.parse(target);
        if (path.isAbsolute()) {
            trail.forEach(Node::close);
            trail.clear();
            names.clear();
            trail.add(share.root().hold());
        }
        for (String name : path.names().reversed()) {
            ahead.push(name);
        }
    }

    private void goUp() {
        if (trail.size() > 1) {
            trail.removeLast().close();
            names.removeLast();
        }
    }

    @Override
    public void close() {
        trail.forEach(Node::close);
        trail.clear();
    }
}
