package dev.virtq.drivers.fs.fuse;

import dev.virtq.device.Transport;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;

/**
 * A FUSE client: one method for each kind of request, each of which blocks until the server has
 * answered.
 *
 * <pre>{@code
 * try (FuseClient client = FuseClient.open(transport, FuseOptions.DEFAULT)) {
 *     FuseEntry entry = client.nodes().lookup(FuseClient.ROOT, "hello.txt".getBytes(UTF_8));
 *     OpenFile file = client.files().open(entry.node(), OpenFlags.READ_ONLY);
 *     int count = client.files().read(entry.node(), file, 0, segment);
 * }
 * }</pre>
 *
 * <p>It keeps no account of lookups and no cache: who looks a node up forgets it. A server's error
 * is a {@link FuseException}; an answer that makes no sense a {@link FuseProtocolException}; a
 * device that is gone a {@link FuseDisconnectedException}. All are {@link IOException}s.
 *
 * <p>Threads: any number.
 */
public final class FuseClient implements AutoCloseable {
    /** The node of the share's own directory. It needs no lookup, and is never forgotten. */
    public static final long ROOT = 1;

    private static final int INIT_FIELDS = 64; // struct fuse_init_out from minor version 23 on
    private static final int PAGE = 4096;
    private static final int MAX_READAHEAD = 1 << 20;

    /**
     * What this client can do, whoever the server is.
     *
     * <p>WRITEBACK_CACHE is not among it: a client that agrees to it owns the sizes and times of
     * files, since it holds pages that the server has not seen. Nothing is held back here: what was
     * written is with the server when {@code write} returns. Nor is READDIRPLUS_AUTO, with which a
     * client may choose: names come with what they stand for wherever that is remembered.
     */
    private static final Set<FuseFlag> OFFERED =
            EnumSet.of(
                    FuseFlag.ASYNC_READ,
                    FuseFlag.POSIX_LOCKS,
                    FuseFlag.ATOMIC_O_TRUNC,
                    FuseFlag.BIG_WRITES,
                    FuseFlag.DO_READDIRPLUS,
                    FuseFlag.ASYNC_DIO,
                    FuseFlag.PARALLEL_DIROPS,
                    FuseFlag.ABORT_ERROR,
                    FuseFlag.MAX_PAGES,
                    FuseFlag.MAP_ALIGNMENT,
                    FuseFlag.HANDLE_KILLPRIV_V2,
                    FuseFlag.INIT_EXT);

    private final FuseConnection connection;
    private final FuseSession session;
    private final NodeCalls nodes;
    private final FileCalls files;
    private final DirectoryCalls directories;
    private final XattrCalls xattrs;
    private final WindowCalls window;

    private FuseClient(FuseConnection connection, FuseSession session) {
        this.connection = connection;
        this.session = session;
        CreateExtensions extensions = new CreateExtensions(connection, session);
        nodes = new NodeCalls(connection, session, extensions);
        files = new FileCalls(connection, session, extensions);
        directories = new DirectoryCalls(connection);
        xattrs = new XattrCalls(connection);
        window = new WindowCalls(connection);
    }

    /**
     * Brings a device up and agrees with the server (FUSE_INIT).
     *
     * @param transport how the device is reached; closed with the client, and when this fails
     * @param options how
     * @return the client
     * @throws IOException when the server does not agree, or its answer makes no sense
     * @throws dev.virtq.device.VirtioException when the device cannot be brought up
     */
    public static FuseClient open(Transport transport, FuseOptions options) throws IOException {
        FuseConnection connection = FuseConnection.open(transport, options);
        try {
            return new FuseClient(connection, init(connection));
        } catch (IOException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private static FuseSession init(FuseConnection connection) throws IOException {
        long flags = FuseFlag.mask(offered(connection));
        MessageReader in =
                connection
                        .call(FuseOpcode.INIT, 0)
                        .u32(FuseSession.MAJOR)
                        .u32(FuseSession.NEWEST)
                        .u32(MAX_READAHEAD)
                        .u32((int) flags)
                        .u32((int) (flags >>> 32))
                        .zeros(11 * 4)
                        .answer(INIT_FIELDS);
        int major = in.u32();
        int minor = in.u32();
        if (major != FuseSession.MAJOR || minor < FuseSession.OLDEST) {
            throw in.nonsense(
                    "the server speaks FUSE %s.%s (expected: %d.%d or newer)"
                            .formatted(
                                    Integer.toUnsignedString(major),
                                    Integer.toUnsignedString(minor),
                                    FuseSession.MAJOR,
                                    FuseSession.OLDEST));
        }
        in.u32(); // max_readahead
        long agreed = in.u32() & 0xffff_ffffL;
        in.skip(4); // max_background, congestion_threshold: for a kernel
        int maxWrite = in.u32();
        int granularity = in.u32();
        int maxPages = in.u16();
        int alignment = in.u16();
        long flags2 = in.u32() & 0xffff_ffffL;
        if ((agreed & FuseFlag.mask(EnumSet.of(FuseFlag.INIT_EXT))) != 0) {
            agreed |= flags2 << 32;
        }
        if (maxWrite < PAGE && maxWrite >= 0) {
            throw in.nonsense("max_write is %d (expected: 4096 or more)".formatted(maxWrite));
        }
        Set<FuseFlag> both = FuseFlag.in(agreed & flags);
        if (alignment > 30) {
            throw in.nonsense("map_alignment is %d (expected: 30 or less)".formatted(alignment));
        }
        if (!connection.options().securityContexts().isEmpty()
                && !both.contains(FuseFlag.SECURITY_CTX)) {
            throw new IOException(
                    "the server, which speaks FUSE 7.%d, gives new files no security contexts (expected: one that agrees to SECURITY_CTX); mount without them"
                            .formatted(minor));
        }
        int largest = connection.options().largestTransfer();
        int pages = both.contains(FuseFlag.MAX_PAGES) && maxPages > 0 ? maxPages * PAGE : 32 * PAGE;
        return new FuseSession(
                Math.min(minor, FuseSession.NEWEST),
                both,
                Math.min(largest, mostWritten(both, maxWrite, pages)),
                Math.min(largest, pages),
                granularity,
                both.contains(FuseFlag.MAP_ALIGNMENT) ? 1L << alignment : 1);
    }

    private static Set<FuseFlag> offered(FuseConnection connection) {
        Set<FuseFlag> offered = EnumSet.copyOf(OFFERED);
        if (connection.notifies()) {
            offered.add(FuseFlag.HAS_EXPIRE_ONLY);
        }
        if (!connection.options().securityContexts().isEmpty()) {
            offered.add(FuseFlag.SECURITY_CTX);
        }
        if (!connection.options().groups().isEmpty()) {
            offered.add(FuseFlag.CREATE_SUPP_GROUP);
        }
        return offered;
    }

    private static int mostWritten(Set<FuseFlag> agreed, int maxWrite, int pages) {
        if (!agreed.contains(FuseFlag.BIG_WRITES)) {
            return PAGE;
        }
        return maxWrite < 0 ? pages : Math.min(maxWrite, pages); // it is unsigned
    }

    /** {@return what was agreed} */
    public FuseSession session() {
        return session;
    }

    /** {@return what carries the requests} */
    public FuseConnection connection() {
        return connection;
    }

    /** {@return requests about names and what they stand for} */
    public NodeCalls nodes() {
        return nodes;
    }

    /** {@return requests about the content of files} */
    public FileCalls files() {
        return files;
    }

    /** {@return requests about what is in a directory} */
    public DirectoryCalls directories() {
        return directories;
    }

    /** {@return requests about extended attributes} */
    public XattrCalls xattrs() {
        return xattrs;
    }

    /** {@return requests about the DAX window} */
    public WindowCalls window() {
        return window;
    }

    /** Tells the server that it is over (FUSE_DESTROY), and closes the device. Idempotent. */
    @Override
    public void close() {
        try {
            connection.call(FuseOpcode.DESTROY, 0).done();
        } catch (IOException | RuntimeException e) {
            // Whoever closes a share whose server is gone, or knows no farewell, has closed it.
            System.getLogger(FuseClient.class.getName())
                    .log(System.Logger.Level.DEBUG, "FUSE_DESTROY failed", e);
        } finally {
            connection.close();
        }
    }
}
