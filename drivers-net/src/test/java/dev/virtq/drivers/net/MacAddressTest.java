package dev.virtq.drivers.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MacAddressTest {
    @Test
    void itReadsWhatItWrites() {
        MacAddress mac = MacAddress.parse("52:54:00:AB:cd:0f");
        assertThat(mac).hasToString("52:54:00:ab:cd:0f");
        assertThat(mac.bits()).isEqualTo(0x525400abcd0fL);
        assertThat(mac.byteAt(0)).isEqualTo((byte) 0x52);
        assertThat(mac.byteAt(5)).isEqualTo((byte) 0x0f);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "52:54:00:12:34",
                "52:54:00:12:34:5",
                "52-54-00-12-34-56",
                "525400123456"
            })
    void whatIsNoAddressIsOneLine(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MacAddress.parse(text))
                .withMessage("MAC address '%s' (expected: as in 52:54:00:12:34:56)", text);
    }

    @Test
    void moreThanFortyEightBitsAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MacAddress(1L << 48))
                .withMessageContaining("at most 48 bits");
    }

    @Test
    void anAddressThatIsMadeUpCanBeNobodyElses() {
        Random random = new Random(7);
        for (int i = 0; i < 1000; i++) {
            MacAddress mac = MacAddress.locallyAdministered(random);
            assertThat(mac.isLocallyAdministered()).isTrue();
            assertThat(mac.isUnicast()).isTrue();
        }
    }

    @Test
    void whoItNamesIsInTheFirstByte() {
        assertThat(MacAddress.parse("ff:ff:ff:ff:ff:ff").isGroup()).isTrue();
        assertThat(MacAddress.parse("01:00:5e:00:00:01").isUnicast()).isFalse();
        assertThat(MacAddress.parse("00:00:00:00:00:00").isUnicast()).isFalse();
        assertThat(MacAddress.parse("02:00:00:00:00:00").isLocallyAdministered()).isTrue();
        assertThat(MacAddress.parse("52:54:00:12:34:56").isUnicast()).isTrue();
    }
}
