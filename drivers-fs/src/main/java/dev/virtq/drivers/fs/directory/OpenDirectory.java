package dev.virtq.drivers.fs.directory;

import dev.virtq.drivers.fs.fuse.DirectoryCalls.Name;
import dev.virtq.drivers.fs.fuse.Errno;
import dev.virtq.drivers.fs.fuse.FuseFlag;
import dev.virtq.drivers.fs.fuse.FuseOpcode;
import dev.virtq.drivers.fs.fuse.FuseProtocolException;
import dev.virtq.drivers.fs.fuse.OpenFile;
import dev.virtq.drivers.fs.node.Node;
import dev.virtq.drivers.fs.node.RefusedException;
import dev.virtq.drivers.fs.node.Share;
import dev.virtq.drivers.fs.node.ShareErrors;
import dev.virtq.drivers.fs.path.NameCodec;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A directory that is being read. For one thread at a time. */
public final class OpenDirectory implements Closeable {
    /** Answers, one behind the other, with no other names than dots: one each would do. */
    private static final int MOST_DOTS = 16;

    /** So many are remembered, of whose beginning a circle shows. */
    private static final int MOST_PLACES = 1 << 20;

    private final Share share;
    private final Node node;
    private final OpenFile file;
    private final boolean withEntries;
    private final Deque<String> ahead = new ArrayDeque<>();
    private final Set<Long> places = new HashSet<>();
    private long next;
    private int onlyDots;
    private boolean ended;
    private boolean closed;

    private OpenDirectory(Share share, Node node, OpenFile file) {
        this.share = share;
        this.node = node;
        this.file = file;
        // Nobody would use the entries of a share that remembers none.
        withEntries = share.remembers() && share.client().session().has(FuseFlag.DO_READDIRPLUS);
    }

    /**
     * Opens a directory.
     *
     * @param share whose
     * @param node the directory; it is held until this is closed
     * @return its names, to be read
     * @throws IOException when it is no directory, or the server refuses it
     */
    public static OpenDirectory open(Share share, Node node) throws IOException {
        if (!share.isDirectory(node)) {
            throw new RefusedException(Errno.ENOTDIR);
        }
        OpenFile file = share.directories().open(node.id());
        return new OpenDirectory(share, node.hold(), file);
    }

    /** {@return the directory} */
    public Node node() {
        return node;
    }

    /**
     * {@return the next name; null when there is none}
     *
     * @throws IOException when the server cannot be asked, or lists the same names again and again
     */
    public @Nullable String next() throws IOException {
        while (ahead.isEmpty() && !ended) {
            readOn();
        }
        return ahead.poll();
    }

    private void readOn() throws IOException {
        if (places.size() == MOST_PLACES) {
            places.clear(); // a directory may have more names than there is memory for
        }
        if (!places.add(next)) {
            ended = true;
            throw nonsense(
                    "the names of a directory go in a circle: at offset %s again"
                            .formatted(Long.toUnsignedString(next)));
        }
        long asked = System.nanoTime();
        List<Name> names = read();
        if (names.isEmpty()) {
            ended = true;
            return;
        }
        for (Name name : names) {
            if (name.isDots()) {
                continue;
            }
            String text = NameCodec.decode(name.bytes());
            if (name.entry() != null) {
                share.received(node, text, name.entry(), asked).close();
            }
            ahead.add(text);
        }
        next = names.getLast().next();
        onlyDots = ahead.isEmpty() ? onlyDots + 1 : 0;
        if (onlyDots > MOST_DOTS) {
            ended = true;
            throw nonsense("it names . and .. again and again (expected: once each)");
        }
    }

    private List<Name> read() throws IOException {
        try {
            return withEntries
                    ? share.directories().readPlus(node.id(), file, next)
                    : share.directories().read(node.id(), file, next);
        } catch (IOException e) {
            if (ShareErrors.is(e, Errno.ENOENT, Errno.ESTALE)) {
                return List.of(); // it was deleted since: POSIX has it end here
            }
            throw e;
        }
    }

    private FuseProtocolException nonsense(String problem) {
        return new FuseProtocolException(
                withEntries ? FuseOpcode.READDIRPLUS : FuseOpcode.READDIR, problem);
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            share.directories().release(node.id(), file);
        } finally {
            node.close();
        }
    }
}
