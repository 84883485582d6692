package dev.virtq.machine.sim.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoField;
import java.util.LinkedHashMap;
import java.util.Map;

/** Requests about files, as a test writes them down. */
final class FuseFiles {
    static final int READ_ONLY = 0;
    static final int WRITE_ONLY = 1;
    static final int READ_WRITE = 2;
    static final int EXCLUSIVE = 0200;
    static final int TRUNCATE = 01000;
    static final int APPEND = 02000;

    final RawFuse fuse;

    FuseFiles(RawFuse fuse) {
        this.fuse = fuse;
    }

    /** {@code struct fuse_entry_out}. */
    record Entry(long node, Stat stat) {
        static Entry read(Reply reply) {
            long node = reply.u64();
            reply.skip(32);
            return new Entry(node, Stat.read(reply));
        }
    }

    /** A file that is open. */
    record Open(long node, long handle, Stat stat) {}

    Reply tryLookup(long parent, String name) {
        return fuse.call(1, parent, Message.of(name));
    }

    Entry lookup(long parent, String name) {
        return Entry.read(tryLookup(parent, name).ok());
    }

    Entry mkdir(long parent, String name) {
        return Entry.read(fuse.call(9, parent, Message.empty().u32(0755).u32(0).name(name)).ok());
    }

    Entry symlink(long parent, String name, String target) {
        return Entry.read(fuse.call(6, parent, Message.of(name).name(target)).ok());
    }

    Reply tryCreate(long parent, String name, int flags, int mode) {
        return fuse.call(
                35, parent, Message.empty().u32(flags).u32(mode).u32(022).u32(0).name(name));
    }

    Open create(long parent, String name) {
        Reply reply = tryCreate(parent, name, READ_WRITE | EXCLUSIVE, 0644).ok();
        Entry entry = Entry.read(reply);
        return new Open(entry.node, reply.u64(), entry.stat);
    }

    Open create(long parent, String name, String contents) {
        Open file = create(parent, name);
        write(file, 0, contents.getBytes(StandardCharsets.ISO_8859_1));
        return file;
    }

    Reply tryOpen(long node, int flags) {
        return fuse.call(14, node, Message.empty().u32(flags).u32(0));
    }

    Open open(long node, int flags) {
        return new Open(node, tryOpen(node, flags).ok().u64(), stat(node));
    }

    Reply tryWrite(Open file, long offset, byte[] bytes) {
        return fuse.call(
                16,
                file.node,
                Message.empty()
                        .u64(file.handle)
                        .u64(offset)
                        .u32(bytes.length)
                        .u32(0)
                        .u64(0)
                        .u32(0)
                        .u32(0)
                        .bytes(bytes));
    }

    void write(Open file, long offset, byte[] bytes) {
        assertThat(tryWrite(file, offset, bytes).ok().u32()).isEqualTo(bytes.length);
    }

    Reply tryRead(Open file, long offset, int size) {
        return fuse.call(
                15,
                file.node,
                Message.empty().u64(file.handle).u64(offset).u32(size).u32(0).u64(0).u32(0).u32(0));
    }

    byte[] read(Open file, long offset, int size) {
        return tryRead(file, offset, size).ok().rest();
    }

    String text(Open file) {
        return new String(read(file, 0, 60_000), StandardCharsets.ISO_8859_1);
    }

    void release(Open file) {
        fuse.call(18, file.node, Message.empty().u64(file.handle).u32(0).u32(0).u64(0)).ok();
    }

    Reply unlink(long parent, String name) {
        return fuse.call(10, parent, Message.of(name));
    }

    Reply rmdir(long parent, String name) {
        return fuse.call(11, parent, Message.of(name));
    }

    Reply rename(long parent, String name, long newParent, String newName) {
        return fuse.call(12, parent, Message.empty().u64(newParent).name(name).name(newName));
    }

    Reply rename2(long parent, String name, long newParent, String newName, int flags) {
        return fuse.call(
                45,
                parent,
                Message.empty().u64(newParent).u32(flags).u32(0).name(name).name(newName));
    }

    Reply link(long node, long parent, String name) {
        return fuse.call(13, parent, Message.empty().u64(node).name(name));
    }

    Stat stat(long node) {
        Reply reply = fuse.call(3, node, Message.empty().u32(0).u32(0).u64(0)).ok();
        return Stat.read(reply.skip(16));
    }

    Stat stat(Open file) {
        Reply reply = fuse.call(3, file.node, Message.empty().u32(1).u32(0).u64(file.handle)).ok();
        return Stat.read(reply.skip(16));
    }

    /** SETATTR: one field at a time. */
    record Change(int valid, long handle, long size, Instant time, int mode, int user, int group) {
        static Change none() {
            return new Change(0, 0, 0, Instant.EPOCH, 0, 0, 0);
        }

        Change mode(int bits) {
            return new Change(valid | 1, handle, size, time, bits, user, group);
        }

        Change owner(int newUser, int newGroup) {
            return new Change(valid | 6, handle, size, time, mode, newUser, newGroup);
        }

        Change size(long bytes) {
            return new Change(valid | 8, handle, bytes, time, mode, user, group);
        }

        Change times(Instant both) {
            return new Change(valid | 0x30, handle, size, both, mode, user, group);
        }

        Change timesNow() {
            return new Change(valid | 0x1b0, handle, size, time, mode, user, group);
        }

        Change of(Open file) {
            return new Change(valid | 0x40, file.handle, size, time, mode, user, group);
        }

        Change alsoValid(int bits) {
            return new Change(valid | bits, handle, size, time, mode, user, group);
        }
    }

    Reply tryChange(long node, Change to) {
        long seconds = to.time.getEpochSecond();
        int nanos = to.time.get(ChronoField.NANO_OF_SECOND);
        return fuse.call(
                4,
                node,
                Message.empty()
                        .u32(to.valid)
                        .u32(0)
                        .u64(to.handle)
                        .u64(to.size)
                        .u64(0)
                        .u64(seconds)
                        .u64(seconds)
                        .u64(0)
                        .u32(nanos)
                        .u32(nanos)
                        .u32(0)
                        .u32(to.mode)
                        .u32(0)
                        .u32(to.user)
                        .u32(to.group)
                        .u32(0));
    }

    Stat change(long node, Change to) {
        return Stat.read(tryChange(node, to).ok().skip(16));
    }

    long opendir(long node) {
        return fuse.call(27, node, Message.empty().u32(0).u32(0)).ok().u64();
    }

    Reply readdir(int opcode, long node, long handle, long offset, int size) {
        return fuse.call(
                opcode,
                node,
                Message.empty().u64(handle).u64(offset).u32(size).u32(0).u64(0).u32(0).u32(0));
    }

    void releasedir(long node, long handle) {
        fuse.call(29, node, Message.empty().u64(handle).u32(0).u32(0).u64(0)).ok();
    }

    /** All names of a directory with their types, read in pieces of so many bytes. */
    Map<String, Integer> list(long node, int size) {
        long handle = opendir(node);
        Map<String, Integer> names = new LinkedHashMap<>();
        long offset = 0;
        while (true) {
            Reply reply = readdir(28, node, handle, offset, size).ok();
            assertThat(reply.left()).isLessThanOrEqualTo(size);
            if (reply.left() == 0) {
                break;
            }
            while (reply.left() > 0) {
                reply.u64();
                offset = reply.u64();
                int length = reply.u32();
                int type = reply.u32();
                names.put(new String(reply.bytes(length), StandardCharsets.UTF_8), type);
                reply.skip(-length & 7);
            }
        }
        releasedir(node, handle);
        return names;
    }

    void forget(long node, long lookups) {
        fuse.tell(2, node, Message.empty().u64(lookups));
    }

    /** Forgets everything that was looked up. */
    void forgetAll() {
        Map<Long, Long> all = fuse.share.lookups();
        Message message = Message.empty().u32(all.size()).u32(0);
        all.forEach((node, lookups) -> message.u64(node).u64(lookups));
        fuse.tell(42, 0, message);
        assertThat(fuse.share.lookups()).isEmpty();
    }
}
