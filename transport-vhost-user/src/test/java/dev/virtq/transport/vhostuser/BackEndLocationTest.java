package dev.virtq.transport.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.virtq.device.DeviceType;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BackEndLocationTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/run/x                  | /run/x            | net | false",
                "/run/x,type=fs          | /run/x            | fs  | false",
                "/run/x,listen           | /run/x            | net | true",
                "/run/x,type=blk,listen  | /run/x            | blk | true",
                "/run/x,listen,type=blk  | /run/x            | blk | true",
                "/run/x,y,type=fs        | /run/x,y          | fs  | false",
                "/run/x,type=fs,y        | /run/x,type=fs,y  | net | false",
                "listen                  | listen            | net | false",
                "listen,listen           | listen            | net | true",
            })
    void aPathAndItsOptionsAreTold(String words, String path, String type, boolean listen) {
        DeviceType named = DeviceType.named(type).orElseThrow();
        assertThat(BackEndLocation.parse(words, "..."))
                .isEqualTo(new BackEndLocation(Path.of(path), named, listen));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x,listen,listen", "x,type=fs,listen,type=fs"})
    void whatIsSaidTwiceIsRefused(String words) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BackEndLocation.parse(words, "SOCKET"))
                .withMessage("'%s' says twice what may be said once (expected: SOCKET)", words);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",listen", ",type=fs"})
    void noSocketIsRefused(String words) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BackEndLocation.parse(words, "SOCKET"))
                .withMessage("'%s' names no socket (expected: SOCKET)", words);
    }

    @Test
    void aTypeThatNobodyKnowsIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BackEndLocation.parse("x,type=banana,listen", "SOCKET"))
                .withMessage("there is no device type 'banana' (expected: net, fs, blk, ...)");
    }
}
