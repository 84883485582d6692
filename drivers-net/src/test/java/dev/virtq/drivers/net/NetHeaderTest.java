package dev.virtq.drivers.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceFaultException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The header in memory, held against bytes that were written by hand from section 5.1.9. */
class NetHeaderTest {
    @Test
    void eachFieldLiesWhereTheStandardHasIt() {
        MemorySegment memory = bytes(24).asSlice(1); // structures are packed: nothing is aligned
        NetHeader header = new NetHeader(0x01, 0x83, 0x0405, 0x0607, 0x0809, 0x0a0b, 0xfffe);

        NetHeader.CODEC.write(header, memory);

        assertThat(hex(memory.asSlice(0, 12))).isEqualTo("018305040706" + "09080b0afeff");
        assertThat(NetHeader.CODEC.read(memory)).isEqualTo(header);
    }

    @Test
    void whatIsWrittenHasTwelveBytesAndNothingBehind() {
        MemorySegment memory = bytes(14).fill((byte) 0x55);
        NetHeader.CODEC.write(NetHeader.PLAIN, memory);
        assertThat(hex(memory)).isEqualTo("00".repeat(12) + "5555");
        assertThat(NetHeader.CODEC.byteSize()).isEqualTo(NetHeader.SIZE);
    }

    @Test
    void onlyTheNumberOfBuffersIsSetBeforeTheDeviceWrites() {
        MemorySegment memory = bytes(12).fill((byte) 0x55);
        NetHeader.expectOneBuffer(memory);
        assertThat(hex(memory)).isEqualTo("55".repeat(10) + "0100");
    }

    @Test
    void aPlainReceivedHeaderPassesWhateverItsUnusedFieldsSay() {
        MemorySegment memory = header("0000ffffffffffffffff0100");
        assertThatCode(() -> NetHeader.checkReceivedPlain(memory)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "010000000000000000000100",
                "800000000000000000000100",
                "000100000000000000000100",
                "00ff00000000000000000100",
                "000000000000000000000000",
                "000000000000000000000200",
                "000000000000000000000101",
                "00000000000000000000ffff",
            })
    void whatWasNotNegotiatedIsTheDevicesFault(String hex) {
        assertThatThrownBy(() -> NetHeader.checkReceivedPlain(header(hex)))
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("virtio 1.4, 5.1.9.4.1")
                .hasMessageContaining("received header: flags");
    }

    private static MemorySegment bytes(int length) {
        return MemorySegment.ofArray(new byte[length]);
    }

    private static MemorySegment header(String hex) {
        return MemorySegment.ofArray(HexFormat.of().parseHex(hex));
    }

    private static String hex(MemorySegment memory) {
        return HexFormat.of().formatHex(memory.toArray(ValueLayout.JAVA_BYTE));
    }
}
