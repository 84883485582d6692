package dev.virtq.transport.vhostuser.posix;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;

/** The bare calls. Whoever gives a file descriptor vouches that it is still open. */
final class Posix {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle MEMFD_CREATE =
            find("memfd_create", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle FTRUNCATE = find("ftruncate", JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle MMAP =
            find("mmap", JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle MUNMAP = find("munmap", JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle MREMAP =
            find(
                    "mremap",
                    FunctionDescriptor.of(
                            JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS),
                    Linker.Option.firstVariadicArg(4));
    private static final MethodHandle GETPAGESIZE = find("getpagesize", JAVA_INT);
    private static final MethodHandle EVENTFD = find("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle SOCKET =
            find("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle CONNECT =
            find("connect", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle BIND = find("bind", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle LISTEN = find("listen", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle ACCEPT =
            find("accept4", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
    private static final MethodHandle SHUTDOWN = find("shutdown", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle LSEEK =
            find("lseek", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle SOCKETPAIR =
            find("socketpair", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS);
    private static final MethodHandle GETSOCKOPT =
            find("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
    private static final MethodHandle SENDMSG =
            find("sendmsg", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle RECVMSG =
            find("recvmsg", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle POLL = find("poll", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle READ = find("read", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle WRITE =
            find("write", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle CLOSE = find("close", JAVA_INT, JAVA_INT);
    private static final MethodHandle FCNTL =
            find(
                    "fcntl",
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT),
                    Linker.Option.firstVariadicArg(2));
    private static final MethodHandle SYSCALL =
            find("syscall", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

    /** One for each thread, so that a call allocates nothing. */
    private static final ThreadLocal<MemorySegment> STATES =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(STATE));

    /** The same number on all 64-bit architectures of Linux. */
    private static final long PIDFD_OPEN = 434;

    private Posix() {}

    static int memfdCreate(MemorySegment name, int flags) throws PosixException {
        return (int)
                call("memfd_create", () -> (long) MEMFD_CREATE.invokeExact(state(), name, flags));
    }

    static void ftruncate(int fd, long bytes) throws PosixException {
        call("ftruncate", () -> (long) FTRUNCATE.invokeExact(state(), fd, bytes));
    }

    /**
     * Maps a file.
     *
     * @param address where, or at least near it; {@link MemorySegment#NULL} for anywhere
     */
    static long mmap(
            MemorySegment address, long bytes, int protection, int flags, int fd, long offset)
            throws PosixException {
        return call(
                "mmap of " + bytes + " bytes",
                () ->
                        (long)
                                MMAP.invokeExact(
                                        state(), address, bytes, protection, flags, fd, offset));
    }

    static void munmap(MemorySegment start, long bytes) throws PosixException {
        call("munmap", () -> (long) MUNMAP.invokeExact(state(), start, bytes));
    }

    /**
     * Maps what is mapped at one address at another one; the flags say what becomes of the first.
     */
    static long mremap(
            MemorySegment from, long oldBytes, long newBytes, int flags, MemorySegment to)
            throws PosixException {
        return call(
                "mremap of " + newBytes + " bytes",
                () -> (long) MREMAP.invokeExact(state(), from, oldBytes, newBytes, flags, to));
    }

    static int getpagesize() throws PosixException {
        return (int) call("getpagesize", () -> (long) GETPAGESIZE.invokeExact(state()));
    }

    static int eventfd(int flags) throws PosixException {
        return (int) call("eventfd", () -> (long) EVENTFD.invokeExact(state(), 0, flags));
    }

    static int socket(int domain, int type) throws PosixException {
        return (int) call("socket", () -> (long) SOCKET.invokeExact(state(), domain, type, 0));
    }

    static void connect(int fd, MemorySegment address) throws PosixException {
        call(
                "connect",
                () -> (long) CONNECT.invokeExact(state(), fd, address, (int) address.byteSize()));
    }

    static void bind(int fd, MemorySegment address) throws PosixException {
        call("bind", () -> (long) BIND.invokeExact(state(), fd, address, (int) address.byteSize()));
    }

    static void listen(int fd, int backlog) throws PosixException {
        call("listen", () -> (long) LISTEN.invokeExact(state(), fd, backlog));
    }

    static int accept(int fd, int flags) throws PosixException {
        MemorySegment none = MemorySegment.NULL;
        return (int)
                call("accept", () -> (long) ACCEPT.invokeExact(state(), fd, none, none, flags));
    }

    static void shutdown(int fd, int how) throws PosixException {
        call("shutdown", () -> (long) SHUTDOWN.invokeExact(state(), fd, how));
    }

    static long lseek(int fd, long offset, int from) throws PosixException {
        return call("lseek", () -> (long) LSEEK.invokeExact(state(), fd, offset, from));
    }

    static void socketpair(int domain, int type, MemorySegment pair) throws PosixException {
        call("socketpair", () -> (long) SOCKETPAIR.invokeExact(state(), domain, type, 0, pair));
    }

    static void getsockopt(int fd, int level, int name, MemorySegment value, MemorySegment length)
            throws PosixException {
        call(
                "getsockopt",
                () -> (long) GETSOCKOPT.invokeExact(state(), fd, level, name, value, length));
    }

    static long sendmsg(int fd, MemorySegment header, int flags) throws PosixException {
        return call("sendmsg", () -> (long) SENDMSG.invokeExact(state(), fd, header, flags));
    }

    static long recvmsg(int fd, MemorySegment header, int flags) throws PosixException {
        return call("recvmsg", () -> (long) RECVMSG.invokeExact(state(), fd, header, flags));
    }

    static int poll(MemorySegment fds, long count, int millis) throws PosixException {
        return (int) call("poll", () -> (long) POLL.invokeExact(state(), fds, count, millis));
    }

    static long read(int fd, MemorySegment target, long bytes) throws PosixException {
        long result;
        try {
            result = (long) READ.invokeExact(state(), fd, target, bytes);
        } catch (Throwable e) {
            throw unexpected(e);
        }
        return checked("read", result);
    }

    static long write(int fd, MemorySegment source, long bytes) throws PosixException {
        long result;
        try {
            result = (long) WRITE.invokeExact(state(), fd, source, bytes);
        } catch (Throwable e) {
            throw unexpected(e);
        }
        return checked("write", result);
    }

    static void close(int fd) throws PosixException {
        call("close", () -> (long) CLOSE.invokeExact(state(), fd));
    }

    static int fcntl(int fd, int command, int argument) throws PosixException {
        return (int) call("fcntl", () -> (long) FCNTL.invokeExact(state(), fd, command, argument));
    }

    static int pidfdOpen(int process) throws PosixException {
        return (int)
                call(
                        "pidfd_open",
                        () -> (long) SYSCALL.invokeExact(state(), PIDFD_OPEN, (long) process, 0L));
    }

    private static MemorySegment state() {
        return STATES.get();
    }

    private static long call(String name, Call call) throws PosixException {
        long result;
        try {
            result = call.result();
        } catch (Throwable e) {
            throw unexpected(e);
        }
        return checked(name, result);
    }

    private static long checked(String name, long result) throws PosixException {
        if (result == -1) {
            throw new PosixException(name, (int) ERRNO.get(state(), 0L));
        }
        return result;
    }

    /** A downcall throws nothing of its own. */
    private static RuntimeException unexpected(Throwable thrown) {
        return new IllegalStateException("a downcall failed", thrown);
    }

    /** One that fails returns -1, as a long in all cases. */
    @FunctionalInterface
    private interface Call {
        long result() throws Throwable;
    }

    private static MethodHandle find(String name, MemoryLayout result, MemoryLayout... arguments) {
        return find(name, FunctionDescriptor.of(result, arguments));
    }

    private static MethodHandle find(
            String name, FunctionDescriptor signature, Linker.Option... more) {
        List<Linker.Option> options = new ArrayList<>(List.of(more));
        options.add(Linker.Option.captureCallState("errno"));
        MethodHandle call =
                LINKER.downcallHandle(
                        LINKER.defaultLookup().findOrThrow(name),
                        signature,
                        options.toArray(Linker.Option[]::new));
        return MethodHandles.explicitCastArguments(call, call.type().changeReturnType(long.class));
    }
}
