package dev.virtq.machine.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostAddressTest {
    @ParameterizedTest
    @CsvSource({
        "0000:00:03.0, 0000:00:03.0",
        "00:03.0, 0000:00:03.0",
        "3:1f.7, 0000:03:1f.7",
        "10000:E1:00.0, 10000:e1:00.0",
        "0001:ff:00.0, 0001:ff:00.0",
    })
    void isWrittenAsLinuxDoes(String words, String name) {
        assertThat(HostAddress.parse(words)).hasToString(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "eth1",
                "03.0",
                "00:03",
                "00:20.0",
                "00:03.8",
                "100:03.0",
                "0000:00:03.0 ",
                "0000:0000:00:03.0",
                "g0:03.0",
                "123456789:00:03.0",
                "0000:00:03.0/../x"
            })
    void anythingElseIsRefused(String words) {
        assertThatThrownBy(() -> HostAddress.parse(words))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "'%s' is no PCI address (expected: [DOMAIN:]BUS:DEVICE.FUNCTION in hex, as"
                                + " in 0000:00:03.0 or 00:03.0)",
                        words);
    }
}
