package dev.virtq.cli.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.ValueLayout;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "64, 64",
        "0x40, 64",
        "4K, 4096",
        "4k, 4096",
        "4KiB, 4096",
        "256M, 268435456",
        "2G, 2147483648",
        "2 GB, 2147483648"
    })
    void aByteCountHasAUnit(String text, long bytes) {
        assertThat(ByteCount.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "K", "-1", "1T", "0x", "1.5M", "99999999999999999G", "1 2"})
    void whatIsNoByteCountIsRefused(String text) {
        assertThatThrownBy(() -> ByteCount.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "'%s' is no number of bytes (expected: 64, 0x40, 4K, 256M or 2G)", text);
    }

    @ParameterizedTest
    @CsvSource({
        "5s, PT5S",
        "5, PT5S",
        "0.2, PT0.2S",
        "200ms, PT0.2S",
        "50us, PT0.00005S",
        "2m, PT2M",
        "0, PT0S"
    })
    void aTimeHasAUnit(String text, Duration time) {
        assertThat(TimeSpan.parse(text)).isEqualTo(time);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "s", "-1s", "1h", "1.s", "soon"})
    void whatIsNoTimeIsRefused(String text) {
        assertThatThrownBy(() -> TimeSpan.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "0x1000, 4096",
        "4096, 4096",
        "0x1_0000_0000, 4294967296",
        "0xffffffffffffffff, -1"
    })
    void anAddressIsHexOrDecimal(String text, long address) {
        assertThat(DeviceAddress.parse(text)).isEqualTo(address);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0x", "1000h", "-1", "0x10000000000000000"})
    void whatIsNoAddressIsRefused(String text) {
        assertThatThrownBy(() -> DeviceAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void bytesAreWrittenInHexWithSeparators() {
        assertThat(bytes("hex:0A0b 0c:0d-0e_0f")).containsExactly(10, 11, 12, 13, 14, 15);
    }

    @Test
    void bytesAreWrittenAsTextOrZeros() {
        assertThat(bytes("text:hi ä")).containsExactly('h', 'i', ' ', 0xc3, 0xa4);
        assertThat(bytes("zero:3")).containsExactly(0, 0, 0);
    }

    @Test
    void aSeparatorWithinAPairIsRefused() {
        assertThatThrownBy(() -> Payload.parse("hex:0 1"))
                .hasMessageStartingWith("' ' at position 6 is no hex digit");
    }

    private static byte[] bytes(String text) {
        return Payload.parse(text).bytes().toArray(ValueLayout.JAVA_BYTE);
    }
}
