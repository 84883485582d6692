package dev.virtq.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.testing.Clause;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Reading what a device may change at any time (section 2.5). */
class DeviceConfigTest {
    private final FakeConfig space =
            new FakeConfig(new byte[] {-1, -2, 3, 4, 5, 6, 7, (byte) 0x88, 9, 10, 11, 12});
    private final DeviceConfig config = new DeviceConfig(space, () -> {});

    @Test
    void fieldsAreUnsignedAndLittleEndian() {
        assertThat(config.u8(0)).isEqualTo(0xff);
        assertThat(config.u16(0)).isEqualTo(0xfeff);
        assertThat(config.u32(4)).isEqualTo(0x88070605L);
        assertThat(config.u64(0)).isEqualTo(0x880706050403feffL);
        assertThat(config.length()).isEqualTo(12);
    }

    @Test
    @Clause("2.5.1#1")
    void aWideFieldIsReadAgainWhenItChangedBetweenItsHalves() {
        space.readsUntilChange = 1; // the low half was read, then the device writes both
        space.change =
                () -> {
                    space.writeInt(0, 0x22222222);
                    space.writeInt(4, 0x11111111);
                };
        assertThat(config.u64(0)).isEqualTo(0x1111111122222222L);
    }

    @Test
    @Clause("2.5.1#1")
    void bytesAreOfOneGeneration() {
        space.readsUntilChange = 2;
        space.change = () -> space.writeInt(0, 0);
        assertThat(config.bytes(0, 4).toArray(ValueLayout.JAVA_BYTE)).containsExactly(0, 0, 0, 0);
        assertThat(config.bytes(0, 0).byteSize()).isZero();
        assertThatThrownBy(() -> config.bytes(0, 1).set(ValueLayout.JAVA_BYTE, 0, (byte) 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @Clause("2.5.1#1")
    void severalFieldsAreReadTogether() {
        List<Integer> reads = new ArrayList<>();
        space.readsUntilChange = 1;
        space.change = () -> space.writeByte(1, (byte) 7);
        int sum =
                config.consistently(() -> {
                    reads.add(config.u8(0));
                    return config.u8(0) + config.u8(1);
                });
        assertThat(sum).isEqualTo(0xff + 7);
        assertThat(reads).hasSize(2);
    }

    @Test
    void aConfigurationThatNeverHoldsStillIsAFault() {
        assertThatThrownBy(() ->
                        config.consistently(() -> {
                            space.generation++;
                            return config.u8(0);
                        }))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("changed during each of 64 reads")
                .hasMessageContaining("generation 64");
    }

    @Test
    @Clause({"2.5.1#3", "2.5.1#4"})
    void aSpaceMayBeLargerThanWhatADriverKnowsOf() {
        FakeConfig large = new FakeConfig(new byte[1 << 16]);
        large.writeInt(0xfff0, 7);
        DeviceConfig fields = new DeviceConfig(large, () -> {});
        assertThat(fields.u32(0)).isZero();
        assertThat(fields.u32(0xfff0)).isEqualTo(7);
        assertThat(fields.length()).isEqualTo(1 << 16);
    }

    @Test
    void fieldsAreWrittenLittleEndianAndWhole() {
        config.writeU8(0, 0x11);
        config.writeU16(2, 0x4433);
        config.writeU32(4, 0x88776655L);
        assertThat(config.u32(0)).isEqualTo(0x4433fe11L);
        assertThat(config.u32(4)).isEqualTo(0x88776655L);
        for (Runnable write :
                new Runnable[] {
                    () -> config.writeU8(0, 256),
                    () -> config.writeU8(0, -1),
                    () -> config.writeU16(0, 1 << 16),
                    () -> config.writeU32(0, 1L << 32),
                    () -> config.writeU16(1, 0),
                    () -> config.writeU32(12, 0)
                }) {
            assertThatThrownBy(write::run).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(config.u8(0)).isEqualTo(0x11);
    }

    @Test
    void aFieldOutsideTheSpaceOrUnalignedIsRefused() {
        for (Runnable read :
                new Runnable[] {
                    () -> config.u8(12),
                    () -> config.u8(-1),
                    () -> config.u16(11),
                    () -> config.u16(1),
                    () -> config.u32(10),
                    () -> config.u32(2),
                    () -> config.u64(8),
                    () -> config.bytes(10, 3),
                    () -> config.bytes(0, -1)
                }) {
            assertThatThrownBy(read::run)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected:");
        }
    }
}
