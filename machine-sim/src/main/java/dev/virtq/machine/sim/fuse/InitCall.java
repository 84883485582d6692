package dev.virtq.machine.sim.fuse;

import dev.virtq.machine.sim.tree.Errno;
import dev.virtq.machine.sim.tree.FileError;

/** INIT: which version is spoken, and what is agreed on. */
final class InitCall {
    private static final int MAJOR = 7;
    private static final int PAGE = 4096;
    private static final int BACKGROUND = 12;
    private static final int CONGESTION = 9;

    private final Session session;
    private final WindowCalls window;

    InitCall(Session session, WindowCalls window) {
        this.session = session;
        this.window = window;
    }

    FuseAnswer serve(FuseRequest request) throws FileError {
        int major = request.u32();
        int askedMinor = request.u32();
        if (Integer.compareUnsigned(major, MAJOR) > 0) {
            return answer(0, 0, 0); // and another INIT is to come, with a major version of ours
        }
        if (major != MAJOR || Integer.compareUnsigned(askedMinor, ServerSettings.OLDEST) < 0) {
            throw Errno.EPROTO.error();
        }
        int readAhead = request.u32();
        long asked = Integer.toUnsignedLong(request.u32());
        if (InitFlag.INIT_EXT.isIn(asked) && request.left() >= Integer.BYTES) {
            asked |= (long) request.u32() << 32;
        }
        int minor =
                Integer.compareUnsigned(askedMinor, session.settings().minor()) < 0
                        ? askedMinor
                        : session.settings().minor();
        long agreed = InitFlag.agreed(asked, minor);
        if (window.alignment() < 0) {
            agreed = InitFlag.MAP_ALIGNMENT.without(agreed);
        }
        session.begin(minor, agreed);
        return answer(minor, readAhead, agreed);
    }

    /** {@code struct fuse_init_out}. */
    private FuseAnswer answer(int minor, int readAhead, long flags) {
        int largest = session.settings().largestWrite();
        return new FuseAnswer()
                .u32(MAJOR)
                .u32(minor)
                .u32(readAhead)
                .u32((int) flags)
                .u16(BACKGROUND)
                .u16(CONGESTION)
                .u32(largest)
                .u32(1) // nanosecond
                .u16(InitFlag.MAX_PAGES.isIn(flags) ? Math.min(largest / PAGE, 0xffff) : 0)
                .u16(InitFlag.MAP_ALIGNMENT.isIn(flags) ? window.alignment() : 0)
                .u32((int) (flags >>> 32))
                .zeros(7 * Integer.BYTES);
    }
}
