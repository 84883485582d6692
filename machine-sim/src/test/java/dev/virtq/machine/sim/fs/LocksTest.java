package dev.virtq.machine.sim.fs;

import static dev.virtq.machine.sim.fs.RawFuse.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.fs.FuseFiles.Open;
import dev.virtq.machine.sim.fs.RawFuse.Pending;
import dev.virtq.machine.sim.fs.RawFuse.Ring;
import dev.virtq.testing.Clause;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Locks of the simulated file system device, and requests that wait for one. */
@Timeout(30)
@ParameterizedClass
@EnumSource(Ring.class)
class LocksTest {
    private static final int EINTR = 4;
    private static final int EBADF = 9;
    private static final int EAGAIN = 11;
    private static final int EINVAL = 22;
    private static final int READ = 0;
    private static final int WRITE = 1;
    private static final int UNLOCK = 2;
    private static final long ALICE = 100;
    private static final long BOB = 200;
    private static final long END = Long.MAX_VALUE;

    private final RawFuse fuse;
    private final FuseFiles files;
    private Open file;

    LocksTest(Ring ring) {
        fuse = RawFuse.mounted(SimDevice.fileSystem(), ring, 0);
        files = new FuseFiles(fuse);
        file = files.create(ROOT, "f");
    }

    @BeforeEach
    void nobodyHoldsAnything() {
        assertThat(fuse.share.heldLocks()).isZero();
    }

    @AfterEach
    void nothingIsLeft() {
        try (RawFuse used = fuse) {
            files.release(file);
            assertThat(used.share.heldLocks()).as("the file is closed").isZero();
            assertThat(used.fault()).isEqualTo("none");
        }
    }

    private Message lock(long owner, int type, long start, long end, int flags) {
        return Message.empty()
                .u64(file.handle())
                .u64(owner)
                .u64(start)
                .u64(end)
                .u32(type)
                .u32(4711)
                .u32(flags)
                .u32(0);
    }

    private Reply set(long owner, int type, long start, long end) {
        return fuse.call(32, file.node(), lock(owner, type, start, end, 0));
    }

    private Pending await(long owner, int type, long start, long end) {
        Pending pending = fuse.start(33, file.node(), lock(owner, type, start, end, 0));
        fuse.call(17, ROOT, Message.empty()).ok(); // the one after it is served
        return pending;
    }

    @Test
    void whoeverHoldsALockIsTold() {
        set(ALICE, WRITE, 10, 19).ok();
        Reply reply = fuse.call(31, file.node(), lock(BOB, READ, 0, END, 0)).ok();
        assertThat(reply.u64()).isEqualTo(10);
        assertThat(reply.u64()).isEqualTo(19);
        assertThat(reply.u32()).isEqualTo(WRITE);
        assertThat(reply.u32()).isEqualTo(4711);
        assertThat(fuse.call(31, file.node(), lock(BOB, READ, 0, 9, 0)).ok().skip(16).u32())
                .isEqualTo(UNLOCK);
        assertThat(fuse.call(31, file.node(), lock(ALICE, READ, 0, END, 0)).ok().skip(16).u32())
                .as("one's own is no matter")
                .isEqualTo(UNLOCK);
    }

    @Test
    void readersShareAndWritersDoNot() {
        set(ALICE, READ, 0, 99).ok();
        set(BOB, READ, 50, 149).ok();
        set(BOB, WRITE, 50, 59).failsWith(EAGAIN);
        set(BOB, WRITE, 100, 149).ok();
        set(ALICE, READ, 100, 100).failsWith(EAGAIN);
        set(ALICE, UNLOCK, 0, END).ok();
        set(BOB, WRITE, 50, 59).ok();
    }

    @Test
    void aLockIsSplitWhereAPartOfItIsGivenUp() {
        set(ALICE, WRITE, 0, 99).ok();
        set(ALICE, UNLOCK, 40, 49).ok();
        assertThat(fuse.share.heldLocks()).isEqualTo(2);
        set(BOB, WRITE, 40, 49).ok();
        set(BOB, WRITE, 39, 39).failsWith(EAGAIN);
        set(BOB, WRITE, 50, 50).failsWith(EAGAIN);
        set(ALICE, READ, 0, 9).ok();
        set(BOB, READ, 0, 9).ok();
        set(BOB, READ, 10, 10).failsWith(EAGAIN);
    }

    @Test
    void aLockOfTheWholeFileIsAnotherMatter() {
        fuse.call(32, file.node(), lock(ALICE, WRITE, 0, 0, 1)).ok();
        fuse.call(32, file.node(), lock(BOB, WRITE, 5, 5, 1)).failsWith(EAGAIN);
        set(BOB, WRITE, 0, END).ok();
    }

    @Test
    @Clause("5.11.6.2.1#1")
    void aRequestThatWaitsForALockLetsOthersPass() {
        set(ALICE, WRITE, 0, 99).ok();
        Pending first = await(BOB, WRITE, 50, 149);
        Pending second = await(300, READ, 100, 100);
        assertThat(second.reply().error()).as("nothing in its way").isZero();
        fuse.call(32, file.node(), lock(300, UNLOCK, 0, END, 0)).ok();
        assertThat(first.isDone()).isFalse();
        assertThat(fuse.share.waitingForLocks()).isEqualTo(1);
        for (int i = 0; i < 600; i++) { // round the ring, past the chain that is kept
            fuse.call(17, ROOT, Message.empty()).ok();
        }
        files.forget(ROOT, 1);
        assertThat(first.isDone()).isFalse();
        set(ALICE, UNLOCK, 50, 99).ok();
        first.reply().ok();
        assertThat(fuse.share.waitingForLocks()).isZero();
        set(ALICE, WRITE, 149, 149).failsWith(EAGAIN);
    }

    @Test
    void closingGivesTheLocksOfAnOwnerBack() {
        set(ALICE, WRITE, 0, 99).ok();
        set(BOB, READ, 100, 199).ok();
        Pending waiting = await(BOB, WRITE, 0, 0);
        fuse.call(25, file.node(), Message.empty().u64(file.handle()).u64(0).u64(ALICE)).ok();
        waiting.reply().ok();
        assertThat(fuse.share.heldLocks()).isEqualTo(2);
    }

    @Test
    void releasingGivesALockOfTheWholeFileBack() {
        Open other = files.open(file.node(), FuseFiles.READ_WRITE);
        fuse.call(32, file.node(), lock(ALICE, WRITE, 0, 0, 1)).ok();
        fuse.call(18, file.node(), Message.empty().u64(other.handle()).u32(0).u32(2).u64(ALICE))
                .ok();
        assertThat(fuse.share.heldLocks()).isZero();
    }

    @Test
    void aRequestThatWaitsIsInterrupted() {
        set(ALICE, WRITE, 0, 99).ok();
        Pending waiting = await(BOB, WRITE, 0, 0);
        fuse.tell(36, 0, Message.empty().u64(waiting.unique()));
        waiting.reply().failsWith(EINTR);
        assertThat(fuse.share.waitingForLocks()).isZero();
        set(ALICE, UNLOCK, 0, END).ok();
        assertThat(fuse.share.heldLocks()).as("it is not had afterwards").isZero();
    }

    @Test
    void anInterruptionThatIsAheadOfItsRequestInterruptsItStill() {
        set(ALICE, WRITE, 0, 99).ok();
        long next = fuse.lastUnique() + 2;
        fuse.tell(36, 0, Message.empty().u64(next));
        fuse.call(33, file.node(), lock(BOB, WRITE, 0, 0, 0)).failsWith(EINTR);
    }

    @Test
    void aResetWhileARequestWaitsReturnsIt() {
        set(ALICE, WRITE, 0, 99).ok();
        Pending waiting = await(BOB, WRITE, 0, 0);
        fuse.device.reset();
        assertThat(fuse.share.waitingForLocks()).isZero();
        assertThat(waiting.token().state()).hasToString("PREPARED");
        fuse.device.negotiate(List.of());
        fuse.queues.replaceAll(queue -> fuse.device.queue(queue.index()));
        fuse.device.start();
        fuse.init(45, 0).ok();
        file = files.open(files.lookup(ROOT, "f").node(), FuseFiles.READ_WRITE);
    }

    @Test
    void whoeverWaitsForALockOfAClosedFileGetsNone() {
        set(ALICE, WRITE, 0, 99).ok();
        Pending waiting = await(BOB, WRITE, 0, 0);
        files.release(file);
        waiting.reply().failsWith(EBADF);
        assertThat(fuse.share.heldLocks()).isZero();
        file = files.open(file.node(), FuseFiles.READ_WRITE);
    }

    @Test
    void whatIsNoLockIsRefused() {
        set(ALICE, 3, 0, 9).failsWith(EINVAL);
        set(ALICE, WRITE, 9, 0).failsWith(EINVAL);
        set(ALICE, WRITE, -1, 0).failsWith(EINVAL);
        Open reader = files.open(file.node(), FuseFiles.READ_ONLY);
        fuse.call(
                        32,
                        file.node(),
                        Message.empty()
                                .u64(reader.handle())
                                .u64(ALICE)
                                .u64(0)
                                .u64(9)
                                .u32(WRITE)
                                .u32(0)
                                .u64(0))
                .failsWith(EBADF);
        files.release(reader);
    }
}
