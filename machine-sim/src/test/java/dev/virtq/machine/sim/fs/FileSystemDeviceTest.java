package dev.virtq.machine.sim.fs;

import static dev.virtq.machine.sim.fs.RawFuse.ROOT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceStatus;
import dev.virtq.device.FeatureSet;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimFileSystem;
import dev.virtq.machine.sim.fs.RawFuse.FsFeature;
import dev.virtq.machine.sim.fs.RawFuse.Pending;
import dev.virtq.machine.sim.fs.RawFuse.Ring;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import dev.virtq.testing.Breach;
import dev.virtq.testing.Clause;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The simulated file system device: its configuration, its queues, and what it does not take. */
@Timeout(30)
@ParameterizedClass
@EnumSource(Ring.class)
class FileSystemDeviceTest {
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final int ENOSYS = 38;
    private static final int EPROTO = 71;

    private final Ring ring;

    FileSystemDeviceTest(Ring ring) {
        this.ring = ring;
    }

    private RawFuse open() {
        return new RawFuse(SimDevice.fileSystem(), ring);
    }

    @Test
    @Clause({"5.11.4.2#1", "5.11.4.2#2"})
    void itsConfigurationTellsTagAndQueues() {
        SimFileSystem share =
                SimDevice.fileSystem().withTag("größe").withRequestQueues(3).withNotifications(512);
        try (RawFuse fuse = new RawFuse(share, ring)) {
            byte[] tag = fuse.device.config().bytes(0, 36).toArray(ValueLayout.JAVA_BYTE);
            assertThat(new String(tag, StandardCharsets.UTF_8).strip()).startsWith("größe\0");
            assertThat(fuse.device.config().u32(36)).isEqualTo(3);
            assertThat(fuse.device.config().u32(40)).isEqualTo(512);
            assertThat(fuse.machine.details())
                    .containsEntry("fs0", "größe, no session, 0 nodes looked up, 0 open, 0 locks");
        }
        try (RawFuse fuse = open()) {
            assertThat(fuse.device.config().length()).as("no notifications").isEqualTo(40);
            assertThat(fuse.device.has(FsFeature.NOTIFICATION)).isFalse();
        }
    }

    @Test
    @Breach("5.11.4.1#1")
    void aDriverThatWritesToTheConfigurationBreaksTheDevice() {
        try (RawFuse fuse = open()) {
            fuse.device.transport().configSpace().writeByte(0, (byte) 1);
            assertFault(fuse, "5.11.4.1#1");
        }
    }

    @Test
    void everyRequestQueueIsServed() {
        try (RawFuse fuse = new RawFuse(SimDevice.fileSystem().withRequestQueues(4), ring)) {
            fuse.init(45, 0).ok();
            for (int round = 0; round < 20; round++) {
                for (int queue = 1; queue <= 4; queue++) {
                    fuse.call(queue, 17, ROOT, Message.empty()).ok();
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"45, 45, 45", "45, 46, 45", "45, 31, 31", "45, 38, 38", "31, 45, 31", "38, 45, 38"})
    void theOlderVersionIsSpoken(int server, int asked, int spoken) {
        try (RawFuse fuse = new RawFuse(SimDevice.fileSystem().speaking(server), ring)) {
            Reply reply = fuse.init(asked, -1).ok();
            assertThat(reply.left()).isEqualTo(64);
            assertThat(reply.u32()).isEqualTo(7);
            assertThat(reply.u32()).isEqualTo(spoken);
            assertThat(fuse.share.minorVersion()).isEqualTo(spoken);
            reply.skip(4);
            int flags = reply.u32();
            assertThat(flags & 1 << 30).as("INIT_EXT").isEqualTo(spoken < 36 ? 0 : 1 << 30);
            assertThat(flags & 1 << 2).as("FILE_OPS, which nobody has").isZero();
            assertThat(reply.skip(4).u32()).as("max_write").isEqualTo(1 << 20);
            assertThat(reply.skip(4).u16()).as("max_pages").isEqualTo(256);
            assertThat(reply.skip(2).u32())
                    .as("flags2")
                    .isEqualTo(spoken < 36 ? 0 : spoken < 38 ? 0b1 : 0b1101);
            Message statx = Message.empty().u32(0).u32(0).u64(0).u32(0).u32(0xfff);
            assertThat(fuse.call(52, ROOT, statx).error()).isEqualTo(spoken < 39 ? ENOSYS : 0);
        }
    }

    @Test
    void aMajorVersionThatIsNotItsOwnIsAnsweredWithItsOwn() {
        try (RawFuse fuse = open()) {
            Reply reply = fuse.call(26, 0, Message.empty().u32(8).u32(0).u32(0).u32(0)).ok();
            assertThat(reply.u32()).isEqualTo(7);
            assertThat(fuse.share.minorVersion()).as("another INIT is to come").isZero();
            fuse.call(26, 0, Message.empty().u32(6).u32(0).u32(0).u32(0)).failsWith(EPROTO);
            fuse.init(30, 0).failsWith(EPROTO);
            fuse.call(26, 0, Message.empty().u32(7)).failsWith(22);
        }
    }

    @Test
    void nothingIsServedBeforeInit() {
        try (RawFuse fuse = open()) {
            fuse.call(17, ROOT, Message.empty()).failsWith(5);
            fuse.init(45, 0).ok();
            fuse.call(17, ROOT, Message.empty()).ok();
        }
    }

    @Test
    void whatIsNotKnownIsNoFunction() {
        try (RawFuse fuse = open()) {
            fuse.init(45, 0).ok();
            for (int opcode : new int[] {0, 37, 39, 40, 48, 49, 54, 4096, -1}) {
                fuse.call(opcode, ROOT, Message.empty().zeros(64)).failsWith(ENOSYS);
            }
        }
    }

    @Test
    void aRequestInWhichAFieldIsMissingFails() {
        try (RawFuse fuse = open()) {
            fuse.init(45, 0).ok();
            for (int opcode : new int[] {1, 3, 4, 6, 8, 9, 13, 14, 15, 16, 21, 22, 28, 33, 52}) {
                fuse.call(opcode, ROOT, Message.empty()).failsWith(22);
            }
        }
    }

    @Test
    @Breach("5.11.6.2.2#2")
    void aNormalRequestOnTheHighPriorityQueueBreaksTheDevice() {
        try (RawFuse fuse = open()) {
            Pending pending = fuse.start(0, 17, ROOT, Message.empty(), 100);
            assertThatThrownBy(pending::done).isInstanceOf(DeviceFaultException.class);
            assertFault(fuse, "5.11.6.2.2#2");
            assertThat(fuse.fault()).contains("FUSE_STATFS of node 1 on the high-priority queue");
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 8", "42, 8", "36, 8"})
    @Breach("5.11.6.2.2#1")
    void aForgettingOnARequestQueueBreaksTheDevice(int opcode, int length) {
        try (RawFuse fuse = open()) {
            Pending pending = fuse.start(1, opcode, ROOT, Message.empty().zeros(length), 100);
            assertThatThrownBy(pending::done).isInstanceOf(DeviceFaultException.class);
            assertFault(fuse, "5.11.6.2.2#1");
        }
    }

    @Test
    void forgettingMoreThanWasLookedUpBreaksTheDevice() {
        try (RawFuse fuse = open()) {
            fuse.init(45, 0).ok();
            FuseFiles files = new FuseFiles(fuse);
            long node = files.mkdir(ROOT, "dir").node();
            assertThatThrownBy(() -> files.forget(node, 2))
                    .isInstanceOf(DeviceFaultException.class);
            assertThat(fuse.fault())
                    .contains("node %d is forgotten 2 times, and was looked up 1".formatted(node));
        }
    }

    @Test
    void aRequestThatIsNoneBreaksTheDevice() {
        try (RawFuse fuse = open()) {
            DmaBuffer request = fuse.device.memory().allocate(39);
            TransferToken token =
                    fuse.queues
                            .get(1)
                            .prepare(
                                    BufferList.send(request)
                                            .receive(fuse.device.memory().allocate(16)));
            assertThatThrownBy(() -> token.send().await(LONG))
                    .isInstanceOf(DeviceFaultException.class);
            assertThat(fuse.fault()).contains("a FUSE request of 39 bytes");
        }
        try (RawFuse fuse = open()) {
            DmaBuffer request = fuse.device.memory().allocate(40);
            request.setInt(0, 41);
            TransferToken token =
                    fuse.queues
                            .get(1)
                            .prepare(
                                    BufferList.send(request)
                                            .receive(fuse.device.memory().allocate(16)));
            assertThatThrownBy(() -> token.send().await(LONG))
                    .isInstanceOf(DeviceFaultException.class);
            assertThat(fuse.fault()).contains("says 41 bytes, in buffers of 40");
        }
    }

    @Test
    void aRequestThatIsTooLongBreaksTheDevice() {
        try (RawFuse fuse = open()) {
            Pending pending = fuse.start(16, ROOT, Message.empty().zeros(2 << 20));
            assertThatThrownBy(pending::done).isInstanceOf(DeviceFaultException.class);
            assertThat(fuse.fault()).contains("a FUSE request of 2097192 bytes (expected: ");
        }
    }

    @ParameterizedTest
    @CsvSource({"15", "16", "95"})
    void anAnswerWithoutRoomBreaksTheDevice(int room) {
        try (RawFuse fuse = open()) {
            fuse.init(45, 0).ok();
            Pending pending = fuse.start(1, 17, ROOT, Message.empty(), room);
            assertThatThrownBy(pending::done).isInstanceOf(DeviceFaultException.class);
            assertThat(fuse.fault()).contains("with room for %d bytes of answer".formatted(room));
        }
    }

    @Test
    void aResetEndsTheSession() {
        try (RawFuse fuse = open()) {
            fuse.init(45, 0).ok();
            FuseFiles files = new FuseFiles(fuse);
            files.create(ROOT, "f");
            fuse.device.reset();
            assertThat(fuse.share.lookups()).isEmpty();
            assertThat(fuse.share.openHandles()).isZero();
            assertThat(fuse.share.minorVersion()).isZero();
        }
    }

    // ---- the notification queue

    @Test
    void whatHasChangedIsToldOnTheNotificationQueue() throws InterruptedException {
        SimFileSystem share = SimDevice.fileSystem().withNotifications(512).withRequestQueues(2);
        try (RawFuse fuse = new RawFuse(share, ring)) {
            assertThat(fuse.device.has(FsFeature.NOTIFICATION)).isTrue();
            fuse.init(45, 0).ok(); // on queue 2
            fuse.call(3, 17, ROOT, Message.empty()).ok();
            fuse.share.invalidateEntry(1, new byte[] {'a', (byte) 0xff});
            fuse.share.invalidateInode(7, -1, 0);
            Virtqueue queue = fuse.queues.get(1);
            List<TransferToken> tokens = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                tokens.add(
                        queue.prepare(BufferList.receiveOnly(fuse.device.memory().allocate(512))));
                tokens.getLast().send().await(LONG);
            }
            Reply entry = new Reply(tokens.get(0).received(0).toArray(ValueLayout.JAVA_BYTE));
            assertThat(entry.length()).isEqualTo(16 + 16 + 3).isEqualTo(entry.all.length);
            assertThat(entry.unique()).isZero();
            assertThat(-entry.error()).as("the code").isEqualTo(3);
            assertThat(entry.u64()).isEqualTo(1);
            assertThat(entry.u32()).isEqualTo(2);
            assertThat(entry.skip(4).bytes(3)).containsExactly('a', 0xff, 0);
            Reply inode = new Reply(tokens.get(1).received(0).toArray(ValueLayout.JAVA_BYTE));
            assertThat(-inode.error()).isEqualTo(2);
            assertThat(inode.u64()).isEqualTo(7);
            assertThat(inode.u64()).isEqualTo(-1);
            assertThat(inode.u64()).isZero();
        }
    }

    @Test
    @Breach("5.11.6.3.1#1")
    void aNotificationBufferThatIsTooSmallBreaksTheDevice() {
        try (RawFuse fuse = new RawFuse(SimDevice.fileSystem().withNotifications(512), ring)) {
            fuse.share.invalidateInode(1, 0, 0);
            TransferToken token =
                    fuse.queues
                            .get(1)
                            .prepare(BufferList.receiveOnly(fuse.device.memory().allocate(511)));
            assertThatThrownBy(() -> token.send().await(LONG))
                    .isInstanceOf(DeviceFaultException.class);
            assertFault(fuse, "5.11.6.3.1#1");
        }
    }

    @Test
    void withoutNotificationsTheRequestQueuesBeginAtOne() {
        SimFileSystem share = SimDevice.fileSystem().withNotifications(512);
        try (RawFuse fuse = new RawFuse(share, ring, FeatureSet.of(FsFeature.NOTIFICATION))) {
            assertThat(fuse.device.has(FsFeature.NOTIFICATION)).isFalse();
            fuse.call(1, 26, 0, Message.empty().u32(7).u32(45).u32(0).u32(0)).ok();
        }
    }

    private static void assertFault(RawFuse fuse, String clause) {
        assertThat(DeviceStatus.DEVICE_NEEDS_RESET.in(fuse.device.transport().readStatus()))
                .isTrue();
        assertThat(fuse.fault()).contains("virtio 1.4, " + clause);
    }
}
