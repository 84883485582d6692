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

    @Test
    void aSecurityContextIsThereFromTheStart() {
        try (RawFuse fuse = RawFuse.mounted(SimDevice.fileSystem(), ring, 1L << 32 | 1 << 29)) {
            Message context = Message.empty().u32(5).u32(0).name("security.x").bytes(new byte[5]);
            int size = 8 + context.toBytes().length;
            Message mkdir =
                    Message.empty()
                            .u32(0755)
                            .u32(0)
                            .name("dir")
                            .u32(size)
                            .u32(1)
                            .bytes(context.toBytes())
                            .zeros(-size & 7);
            long node = fuse.call(9, ROOT, mkdir).ok().u64();
            assertThat(
                            fuse.call(22, node, Message.empty().u32(9).u32(0).name("security.x"))
                                    .ok()
                                    .rest())
                    .hasSize(5);
            Message extended = // with the two fields that SETXATTR_EXT adds
                    Message.empty().u32(1).u32(0).u32(0).u32(0).name("user.a").bytes(new byte[1]);
            fuse.call(21, node, extended).ok();
        }
    }
}
