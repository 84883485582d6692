package dev.virtq.drivers.fs.fuse;

import org.jspecify.annotations.Nullable;

/** What is to be changed of a file: {@code struct fuse_setattr_in}. Immutable. */
public final class AttributeChange {
    /** Changes nothing. */
    public static final AttributeChange NONE = new AttributeChange(0, null, 0, Times.NONE, 0, 0, 0);

    private static final int MODE = 1;
    private static final int USER = 1 << 1;
    private static final int GROUP = 1 << 2;
    private static final int SIZE = 1 << 3;
    private static final int ACCESSED = 1 << 4;
    private static final int MODIFIED = 1 << 5;
    private static final int HANDLE = 1 << 6;
    private static final int KILL_SUIDGID = 1 << 11;

    private final int valid;
    private final @Nullable OpenFile file;
    private final long size;
    private final Times times;
    private final int mode;
    private final int user;
    private final int group;

    private AttributeChange(
            int valid,
            @Nullable OpenFile file,
            long size,
            Times times,
            int mode,
            int user,
            int group) {
        this.valid = valid;
        this.file = file;
        this.size = size;
        this.times = times;
        this.mode = mode;
        this.user = user;
        this.group = group;
    }

    /** Times that are to be set, as far as they are. */
    private record Times(FuseTime accessed, FuseTime modified) {
        static final Times NONE = new Times(new FuseTime(0, 0), new FuseTime(0, 0));
    }

    /**
     * {@return this change, of a file that is open}
     *
     * @param open as it was opened
     */
    public AttributeChange of(OpenFile open) {
        return new AttributeChange(valid | HANDLE, open, size, times, mode, user, group);
    }

    /**
     * {@return this change, and another size}
     *
     * @param bytes the size
     */
    public AttributeChange size(long bytes) {
        return new AttributeChange(valid | SIZE, file, bytes, times, mode, user, group);
    }

    /**
     * {@return this change, and another time of the last reading}
     *
     * @param time when
     */
    public AttributeChange accessed(FuseTime time) {
        Times changed = new Times(time, times.modified);
        return new AttributeChange(valid | ACCESSED, file, size, changed, mode, user, group);
    }

    /**
     * {@return this change, and another time of the last change of the content}
     *
     * @param time when
     */
    public AttributeChange modified(FuseTime time) {
        Times changed = new Times(times.accessed, time);
        return new AttributeChange(valid | MODIFIED, file, size, changed, mode, user, group);
    }

    /**
     * {@return this change, and other permissions}
     *
     * @param bits the permissions
     */
    public AttributeChange mode(int bits) {
        return new AttributeChange(valid | MODE, file, size, times, bits, user, group);
    }

    /**
     * {@return this change, and another owner}
     *
     * @param number the owner's
     */
    public AttributeChange user(int number) {
        return new AttributeChange(valid | USER, file, size, times, mode, number, group);
    }

    /**
     * {@return this change, and another group}
     *
     * @param number the group's
     */
    public AttributeChange group(int number) {
        return new AttributeChange(valid | GROUP, file, size, times, mode, user, number);
    }

    /**
     * {@return this change, which also takes away what would let others act as the owner or the
     * group} Without effect on a server that has not agreed on HANDLE_KILLPRIV_V2.
     */
    public AttributeChange killingPrivileges() {
        return new AttributeChange(valid | KILL_SUIDGID, file, size, times, mode, user, group);
    }

    /** {@return whether it is another size} */
    boolean resizes() {
        return (valid & SIZE) != 0;
    }

    /** {@return whether it is another owner or group} */
    public boolean changesOwner() {
        return (valid & (USER | GROUP)) != 0;
    }

    /**
     * Writes {@code struct fuse_setattr_in}.
     *
     * @param killsPrivileges whether the server knows that bit
     */
    void write(FuseCall call, boolean killsPrivileges) {
        call.u32(killsPrivileges ? valid : valid & ~KILL_SUIDGID)
                .u32(0)
                .u64(file == null ? 0 : file.handle())
                .u64(size)
                .u64(0) // lock_owner
                .u64(times.accessed.seconds())
                .u64(times.modified.seconds())
                .u64(0) // ctime: the server's to set
                .u32(times.accessed.nanos())
                .u32(times.modified.nanos())
                .u32(0)
                .u32(mode)
                .u32(0)
                .u32(user)
                .u32(group)
                .u32(0);
    }
}
