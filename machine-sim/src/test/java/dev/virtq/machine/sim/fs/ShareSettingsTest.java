package dev.virtq.machine.sim.fs;

import static dev.virtq.machine.sim.fs.RawFuse.ROOT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimFileSystem;
import dev.virtq.machine.sim.fs.RawFuse.Ring;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What a share is made with, and what a driver notices of it. */
@Timeout(30)
@ParameterizedClass
@EnumSource(Ring.class)
class ShareSettingsTest {

    private final Ring ring;

    ShareSettingsTest(Ring ring) {
        this.ring = ring;
    }

    private RawFuse open() {
        return new RawFuse(SimDevice.fileSystem(), ring);
    }

    @Test
    void anOfferThatNoDeviceCanMakeIsRefused() {
        SimFileSystem share = SimDevice.fileSystem();
        assertThatIllegalArgumentException().isThrownBy(() -> share.withTag(""));
        assertThatIllegalArgumentException().isThrownBy(() -> share.withTag("t".repeat(37)));
        assertThatIllegalArgumentException().isThrownBy(() -> share.withRequestQueues(0));
        assertThatIllegalArgumentException().isThrownBy(() -> share.withNotifications(100));
        assertThatIllegalArgumentException().isThrownBy(() -> share.speaking(30));
        assertThatIllegalArgumentException().isThrownBy(() -> share.speaking(46));
        assertThatIllegalArgumentException().isThrownBy(() -> share.withLargestWrite(4095));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> share.trusted(Duration.ofSeconds(-1), Duration.ZERO));
        try (RawFuse fuse = open()) {
            assertThatIllegalArgumentException().isThrownBy(() -> fuse.machine.share("fs1"));
            assertThatIllegalStateException()
                    .isThrownBy(() -> fuse.share.invalidateInode(1, 0, 0))
                    .withMessageContaining("withNotifications");
        }
    }

    @Test
    void howLongAnswersMayBeTrustedIsTold() {
        SimFileSystem share =
                SimDevice.fileSystem().trusted(Duration.ofMillis(1500), Duration.ofNanos(7));
        try (RawFuse fuse = RawFuse.mounted(share, ring, 0)) {
            new FuseFiles(fuse).mkdir(ROOT, "dir");
            Reply reply = fuse.call(1, ROOT, Message.of("dir")).ok().skip(16);
            assertThat(reply.u64()).isEqualTo(1);
            assertThat(reply.u64()).isZero();
            assertThat(reply.u32()).isEqualTo(500_000_000);
            assertThat(reply.u32()).isEqualTo(7);
        }
    }

    @Test
    void nothingIsChangedThroughAReadOnlyShare() {
        SimFileSystem share = SimDevice.fileSystem();
        try (RawFuse fuse = RawFuse.mounted(share, ring, 0)) {
            FuseFiles files = new FuseFiles(fuse);
            files.create(ROOT, "f", "text");
        }
        try (RawFuse fuse = RawFuse.mounted(share.readOnly(), ring, 0)) {
            FuseFiles files = new FuseFiles(fuse);
            long node = files.lookup(ROOT, "f").node();
            files.unlink(ROOT, "f").failsWith(30);
            files.tryOpen(node, FuseFiles.READ_WRITE).failsWith(30);
            fuse.call(34, node, Message.empty().u32(2).u32(0)).failsWith(30);
            FuseFiles.Open file = files.open(node, FuseFiles.READ_ONLY);
            assertThat(files.text(file)).isEqualTo("text");
        }
    }

    @Test
    void aFullTreeTakesNoMore() {
        try (RawFuse fuse = RawFuse.mounted(SimDevice.fileSystem(16 << 10), ring, 0)) {
            FuseFiles files = new FuseFiles(fuse);
            FuseFiles.Open file = files.create(ROOT, "f");
            assertThat(files.tryWrite(file, 0, new byte[20_000]).ok().u32()).isEqualTo(16 << 10);
            files.tryWrite(file, 20_000, new byte[1]).failsWith(28);
            Message allocate = Message.empty().u64(file.handle()).u64(0).u64(1 << 20).u64(0);
            fuse.call(43, file.node(), allocate).failsWith(28);
            files.change(file.node(), FuseFiles.Change.none().size(0));
            assertThat(fuse.call(17, ROOT, Message.empty()).ok().skip(8).u64()).isEqualTo(4);
            files.write(file, 0, new byte[16_000]);
            files.unlink(ROOT, "f").ok();
            FuseFiles.Open other = files.create(ROOT, "g");
            files.tryWrite(other, 0, new byte[1]).failsWith(28); // the other is open still
            files.release(file);
            files.write(other, 0, new byte[1]);
        }
    }

    @Test
    void aWriteOfMoreThanWasAgreedFails() {
        SimFileSystem share = SimDevice.fileSystem().withLargestWrite(4096);
        try (RawFuse fuse = RawFuse.mounted(share, ring, 0)) {
            FuseFiles files = new FuseFiles(fuse);
            FuseFiles.Open file = files.create(ROOT, "f");
            files.tryWrite(file, 0, new byte[4097]).failsWith(22);
            files.write(file, 0, new byte[4096]);
        }
    }

    private static Message mkdir(Message... extensions) {
        Message mkdir = Message.empty().u32(0755).u32(0).name("dir");
        for (Message extension : extensions) {
            mkdir.bytes(extension.toBytes());
        }
        return mkdir;
    }

    private static Message label(int size, int count) {
        return Message.empty().u32(size).u32(count);
    }

    /** 24 bytes, three of them padding. */
    private static Message context() {
        return Message.empty().u32(2).u32(0).name("security.x").bytes(new byte[2]).zeros(3);
    }

    private static Message group(int group) {
        return Message.empty().u32(16).u32(32).u32(1).u32(group);
    }

    @Test
    void aSecurityContextIsThereFromTheStart() {
        try (RawFuse fuse = RawFuse.mounted(SimDevice.fileSystem(), ring, 1L << 32 | 1 << 29)) {
            fuse.tellingOf(32);
            long node = fuse.call(9, ROOT, mkdir(label(32, 1), context())).ok().u64();
            assertThat(
                            fuse.call(22, node, Message.empty().u32(9).u32(0).name("security.x"))
                                    .ok()
                                    .rest())
                    .hasSize(2);
            Message extended = // with the two fields that SETXATTR_EXT adds
                    Message.empty().u32(1).u32(0).u32(0).u32(0).name("user.a").bytes(new byte[1]);
            fuse.call(21, node, extended).ok();
        }
    }

    @Test
    void extensionsThatMakeNoSenseAreRefused() {
        try (RawFuse fuse = RawFuse.mounted(SimDevice.fileSystem(), ring, 1L << 32 | 1L << 34)) {
            fuse.tellingOf(24).call(9, ROOT, mkdir(label(32, 1), context())).failsWith(22);
            fuse.tellingOf(0).call(9, ROOT, mkdir(label(32, 1), context())).failsWith(22);
            fuse.call(9, ROOT, mkdir()).failsWith(22); // which label it has is left open
            fuse.tellingOf(32);
            fuse.call(9, ROOT, mkdir(label(40, 1), context())).failsWith(22);
            fuse.call(9, ROOT, mkdir(label(31, 1), context())).failsWith(22);
            fuse.call(9, ROOT, mkdir(label(8, 1), context())).failsWith(22);
            fuse.call(9, ROOT, mkdir(label(32, 2), context())).failsWith(22);
            fuse.call(9, ROOT, mkdir(label(32, 0), context())).failsWith(22);
            fuse.call(9, ROOT, mkdir(label(32, 33), context())).failsWith(22);
            fuse.tellingOf(16).call(9, ROOT, mkdir(group(7))).failsWith(22);
            fuse.tellingOf(24).call(9, ROOT, mkdir(label(8, 0), group(7))).ok();
        }
    }

    @Test
    void whoIsInTheGroupOfADirectoryMayMakeFilesThere() {
        try (RawFuse fuse = RawFuse.mounted(SimDevice.fileSystem(), ring, 1L << 34)) {
            FuseFiles files = new FuseFiles(fuse);
            long node = files.mkdir(ROOT, "own").node();
            files.change(node, FuseFiles.Change.none().mode(0770));
            files.change(node, FuseFiles.Change.none().owner(0, 77));
            fuse.as(1000);
            fuse.call(9, node, mkdir()).failsWith(13);
            fuse.tellingOf(16).call(9, node, mkdir(group(78))).failsWith(13);
            fuse.call(9, node, mkdir(group(77))).ok();
        }
    }
}
