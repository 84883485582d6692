package dev.virtq.drivers.fs.path;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class NameCodecTest {
    @Test
    void everySequenceOfBytesComesBackAsItWas() {
        Random random = new Random(7);
        for (int i = 0; i < 200_000; i++) {
            byte[] bytes = new byte[random.nextInt(12)];
            random.nextBytes(bytes);
            for (int at = 0; at < bytes.length; at++) { // what a character may begin with
                if (random.nextInt(3) == 0) {
                    bytes[at] = (byte) (0xc0 + random.nextInt(0x40));
                }
            }
            String text = NameCodec.decode(bytes);
            assertThat(NameCodec.isEncodable(text)).isTrue();
            assertThat(NameCodec.encode(text)).isEqualTo(bytes);
            assertThat(NameCodec.canonical(text)).isEqualTo(text);
        }
    }

    @Test
    void charactersAreThemselves() {
        String text = "a\u00e4\u20ac\ud83d\ude00\ufffd";
        assertThat(NameCodec.decode(NameCodec.encode(text))).isEqualTo(text);
        assertThat(NameCodec.encode(text)).hasSize(1 + 2 + 3 + 4 + 3);
    }

    @Test
    void aByteThatIsNoCharacterIsEscaped() {
        assertThat(NameCodec.decode(new byte[] {'a', (byte) 0xff, 'b'})).isEqualTo("a\udcffb");
        assertThat(NameCodec.decode(new byte[] {(byte) 0xed, (byte) 0xb2, (byte) 0x80}))
                .isEqualTo("\udced\udcb2\udc80");
    }

    @Test
    void halfACharacterHasNoBytes() {
        assertThat(NameCodec.isEncodable("\ud83d")).isFalse();
        assertThat(NameCodec.isEncodable("\udc7f")).isFalse();
        assertThat(NameCodec.isEncodable("\udc80")).isTrue();
    }
}
