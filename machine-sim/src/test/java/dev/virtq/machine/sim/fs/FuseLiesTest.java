package dev.virtq.machine.sim.fs;

import static dev.virtq.machine.sim.fs.RawFuse.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.DeviceType;
import dev.virtq.device.Transport;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimMachine;
import dev.virtq.machine.sim.fs.FuseFiles.Open;
import dev.virtq.machine.sim.fs.RawFuse.Pending;
import dev.virtq.machine.sim.fs.RawFuse.Ring;
import dev.virtq.machine.sim.hostile.FuseLie;
import dev.virtq.machine.sim.hostile.Mischief;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a file system device that lies really tells. */
@Timeout(30)
@ParameterizedClass
@EnumSource(Ring.class)
class FuseLiesTest {
    private final RawFuse fuse;
    private final FuseFiles files;
    private final Open file;
    private final long directory;

    FuseLiesTest(Ring ring) {
        fuse = RawFuse.mounted(SimDevice.fileSystem(), ring, 0);
        files = new FuseFiles(fuse);
        file = files.create(ROOT, "file", "text");
        directory = files.opendir(ROOT);
    }

    @AfterEach
    void close() {
        fuse.close();
    }

    /** An answer, and the number of its request. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares these
    private record Told(byte[] bytes, long unique) {
        ByteBuffer buffer() {
            return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        }

        int length() {
            return buffer().getInt(0);
        }

        int error() {
            return buffer().getInt(4);
        }
    }

    private Told told(FuseLie lie, int opcode, long node, Message fields) {
        fuse.machine.misbehave(lie);
        Pending pending = fuse.start(opcode, node, fields);
        byte[] bytes = pending.bytes();
        fuse.machine.misbehave(Mischief.NONE);
        return new Told(bytes, pending.unique());
    }

    private Told getattr(FuseLie lie) {
        return told(lie, 3, file.node(), Message.empty().u32(0).u32(0).u64(0));
    }

    private Told lookup(FuseLie lie) {
        return told(lie, 1, ROOT, Message.of("file"));
    }

    private Told readdir(FuseLie lie, int opcode, long offset) {
        return told(
                lie,
                opcode,
                ROOT,
                Message.empty().u64(directory).u64(offset).u32(4096).u32(0).u64(0).u64(0));
    }

    /** Every lie can be told of every request, and honesty leads on after each. */
    @ParameterizedTest
    @EnumSource(FuseLie.class)
    void theDeviceGoesOnAfterALie(FuseLie lie) {
        for (int opcode : new int[] {1, 3, 14, 15, 16, 17, 22, 23, 27, 28, 44, 46, 52, 53, 4096}) {
            told(lie, opcode, ROOT, Message.empty().u64(directory).u64(0).u32(4096).zeros(40));
        }
        readdir(lie, 28, 0);
        readdir(lie, 44, 0);
        getattr(lie);
        lookup(lie);
        fuse.init(45, 0).ok();
        assertThat(files.lookup(ROOT, "file").stat().size()).isEqualTo(4);
        assertThat(fuse.fault()).isEqualTo("none");
    }

    @Test
    void numbersOfOtherRequests() {
        Told wrong = getattr(FuseLie.WRONG_UNIQUE);
        assertThat(wrong.buffer().getLong(8)).isEqualTo(~wrong.unique());
        assertThat(getattr(FuseLie.UNIQUE_ZERO).buffer().getLong(8)).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "NO_ANSWER, 0, 0",
        "HALF_A_HEADER, 8, 120",
        "ONE_BYTE_SHORT, 119, 119",
        "FIELDS_MISSING, 16, 16",
        "LENGTH_BEYOND_THE_BUFFER, 120, 1048696",
        "LENGTH_OF_ALL_ONES, 120, -1",
        "LENGTH_OF_NOTHING, 120, 0",
        "LENGTH_TOO_SMALL, 120, 119"
    })
    void lengths(FuseLie lie, int written, int length) {
        Told told = getattr(lie);
        assertThat(told.bytes()).hasSize(written);
        if (written > 0) {
            assertThat(told.length()).isEqualTo(length);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "POSITIVE_ERROR, 2",
        "ERROR_BEYOND_4095, -4096",
        "LEAST_ERROR, -2147483648",
        "ERROR_WITH_FIELDS, -5"
    })
    void errors(FuseLie lie, int error) {
        assertThat(getattr(lie).error()).isEqualTo(error);
    }

    @Test
    void attributesThatContradictThemselves() {
        assertThat(getattr(FuseLie.NEGATIVE_SIZE).buffer().getLong(32 + 8)).isEqualTo(-1);
        assertThat(lookup(FuseLie.NEGATIVE_SIZE).buffer().getLong(56 + 8)).isEqualTo(-1);
        assertThat(getattr(FuseLie.MODE_WITHOUT_TYPE).buffer().getInt(32 + 60)).isEqualTo(0644);
        assertThat(getattr(FuseLie.NANOSECONDS_BEYOND_A_SECOND).buffer().getInt(32 + 48))
                .isEqualTo(1_000_000_000);
        Message statx = Message.empty().u32(0).u32(0).u64(0).u32(0).u32(0xfff);
        assertThat(
                        told(FuseLie.MODE_WITHOUT_TYPE, 52, file.node(), statx)
                                .buffer()
                                .getShort(48 + 28))
                .isEqualTo((short) 0644);
        assertThat(told(FuseLie.NEGATIVE_SIZE, 52, file.node(), statx).buffer().getLong(48 + 40))
                .isEqualTo(-1);
        assertThat(readdir(FuseLie.NEGATIVE_SIZE, 44, 2).buffer().getLong(16 + 40 + 8))
                .isEqualTo(-1);
    }

    @Test
    void nodeZeroWhereOneWasMade() {
        Told made = told(FuseLie.NODE_ZERO, 9, ROOT, Message.empty().u32(0755).u32(0).name("made"));
        assertThat(made.error()).isZero();
        assertThat(made.buffer().getLong(16)).isZero();
        assertThat(files.lookup(ROOT, "made").stat().type()).isEqualTo(040000);
        assertThat(lookup(FuseLie.NODE_OF_THE_ROOT).buffer().getLong(16)).isEqualTo(ROOT);
    }

    @ParameterizedTest
    @CsvSource({
        "NAME_WITH_A_SLASH, 4, fil/",
        "NAME_OF_NOTHING, 0, file",
        "NAME_PAST_THE_REPLY, 49, file",
        "NAME_LENGTH_OF_ALL_ONES, -1, file"
    })
    void namesThatAreNone(FuseLie lie, int length, String name) {
        Told told = readdir(lie, 28, 2); // behind . and ..
        assertThat(told.buffer().getInt(16 + 16)).isEqualTo(length);
        assertThat(new String(told.bytes(), 16 + 24, 4, StandardCharsets.UTF_8)).isEqualTo(name);
        Told plus = readdir(lie, 44, 2);
        assertThat(new String(plus.bytes(), 16 + 128 + 24, 4, StandardCharsets.UTF_8))
                .isEqualTo(name);
    }

    @Test
    void aNameWithAZeroInIt() {
        assertThat(readdir(FuseLie.NAME_WITH_A_ZERO, 28, 2).bytes()[16 + 24 + 3]).isZero();
    }

    @Test
    void aDirectoryInWhichEverythingIsItself() {
        ByteBuffer told = readdir(FuseLie.DOT_LOOP, 28, 0).buffer();
        assertThat(told.capacity()).isEqualTo(16 + 3 * 32).isEqualTo(told.getInt(0));
        for (int at = 16; at < told.capacity(); at += 32) {
            assertThat(told.getInt(at + 16)).isEqualTo(1);
            assertThat(told.getInt(at + 20)).isEqualTo(4);
            assertThat(told.get(at + 24)).isEqualTo((byte) '.');
        }
    }

    @Test
    void aDirectoryThatNeverEnds() {
        List<String> names = new ArrayList<>();
        long offset = 0;
        for (int i = 0; i < 50; i++) {
            Reply reply = new Reply(readdir(FuseLie.READDIR_ENDLESS, 28, offset).bytes()).ok();
            assertThat(reply.left()).as("it goes on").isPositive();
            while (reply.left() > 0) {
                offset = reply.skip(8).u64();
                int length = reply.u32();
                names.add(new String(reply.skip(4).bytes(length), StandardCharsets.UTF_8));
                reply.skip(-length & 7);
            }
        }
        assertThat(names).hasSize(3 + 49).doesNotHaveDuplicates();
        ByteBuffer again = readdir(FuseLie.READDIR_BEGINS_AGAIN, 28, 3).buffer();
        assertThat(again.getLong(16 + 8)).as("the next offset").isZero();
    }

    @Test
    void whatWasWrittenAndWhatIsThere() {
        Message write = Message.empty().u64(file.handle()).u64(0).u32(1).u32(0).zeros(16).zeros(1);
        assertThat(told(FuseLie.WRITTEN_MORE_THAN_SENT, 16, file.node(), write).buffer().getInt(16))
                .isEqualTo(1 << 30);
        Message seek = Message.empty().u64(file.handle()).u64(0).u32(3).u32(0);
        assertThat(told(FuseLie.SEEK_NEGATIVE, 46, file.node(), seek).buffer().getLong(16))
                .isEqualTo(-1);
        Message list = Message.empty().u32(0).u32(0);
        assertThat(told(FuseLie.XATTR_SIZE_OF_ALL_ONES, 23, file.node(), list).buffer().getInt(16))
                .isEqualTo(-1);
        long link = files.symlink(ROOT, "l", "target").node();
        assertThat(told(FuseLie.LINK_WITH_A_ZERO, 5, link, Message.empty()).bytes())
                .endsWith('e', 0);
        assertThat(
                        told(FuseLie.BLOCKS_OF_NOTHING, 17, ROOT, Message.empty())
                                .buffer()
                                .getInt(16 + 40))
                .isZero();
        assertThat(
                        told(
                                        FuseLie.OPEN_FLAGS_OF_ALL_ONES,
                                        14,
                                        file.node(),
                                        Message.empty().u64(0))
                                .buffer()
                                .getInt(16 + 8))
                .isEqualTo(-1);
    }

    @ParameterizedTest
    @CsvSource({
        "MAJOR_VERSION_8, 0, 8",
        "MINOR_VERSION_TOO_NEW, 4, 2147483647",
        "MINOR_VERSION_TOO_OLD, 4, 0",
        "ALL_FLAGS_AGREED, 12, -1",
        "MAX_WRITE_ZERO, 20, 0",
        "MAX_WRITE_OF_ALL_ONES, 20, -1"
    })
    void whatWasNotAgreedOn(FuseLie lie, int field, int value) {
        Told told = told(lie, 26, 0, Message.empty().u32(7).u32(45).u32(0).u32(0).zeros(48));
        assertThat(told.buffer().getInt(16 + field)).isEqualTo(value);
    }

    @Test
    void aConfigurationWithoutARequestQueue() {
        SimMachine machine =
                SimMachine.builder()
                        .device(SimDevice.fileSystem())
                        .mischief(FuseLie.NO_REQUEST_QUEUES)
                        .start();
        try (machine;
                Transport transport = machine.transport(DeviceType.FILE_SYSTEM)) {
            assertThat(transport.configSpace().readInt(36)).isZero();
        }
    }
}
