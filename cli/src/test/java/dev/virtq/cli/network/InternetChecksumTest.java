package dev.virtq.cli.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

class InternetChecksumTest {

    @Test
    void theExampleOfRfc1071HasItsSum() {
        // Section 3: the words 0001 f203 f4f5 f6f7 sum up to ddf2.
        assertThat(InternetChecksum.of(Hex.bytes("0001 f203 f4f5 f6f7")))
                .isEqualTo(~0xddf2 & 0xffff);
    }

    @Test
    void anOddLastByteCountsAsTheHighHalfOfAWord() {
        assertThat(InternetChecksum.of(Hex.bytes("01")))
                .isEqualTo(InternetChecksum.of(Hex.bytes("0100")))
                .isEqualTo(0xfeff);
        assertThat(InternetChecksum.of(Hex.bytes("0001 f203 f4")))
                .isEqualTo(InternetChecksum.of(Hex.bytes("0001 f203 f400")));
    }

    @Test
    void nothingAndZerosGiveAllOnes() {
        assertThat(InternetChecksum.of(MemorySegment.NULL)).isEqualTo(0xffff);
        assertThat(InternetChecksum.of(Hex.bytes("0000 0000"))).isEqualTo(0xffff);
    }

    @Test
    void allOnesGiveZero() {
        assertThat(InternetChecksum.of(Hex.bytes("ffff"))).isZero();
        assertThat(InternetChecksum.of(Hex.bytes("ffff ffff ffff"))).isZero();
    }

    @Test
    void carriesAreAddedUntilNoneIsLeft() {
        // ffff + ffff + 0001: the first fold carries once more.
        assertThat(InternetChecksum.of(Hex.bytes("ffff ffff 0001"))).isEqualTo(0xfffe);
        assertThat(InternetChecksum.finish(0xffff_ffffL)).isZero();
        assertThat(InternetChecksum.finish(0x1_ffff_ffffL)).isEqualTo(0xfffe);
    }

    @Test
    void everyLengthAndAlignmentAgreesWithTheSchoolbook() {
        long seed = 20260408;
        Random random = new Random(seed);
        MemorySegment memory = Arena.ofAuto().allocate(2048, 8);
        for (long i = 0; i < memory.byteSize(); i++) {
            NetworkOrder.putU8(memory, i, random.nextInt(4) == 0 ? 0xff : random.nextInt());
        }
        for (int length = 0; length < 1500; length++) {
            MemorySegment data = memory.asSlice(random.nextInt(64), length);
            assertThat(InternetChecksum.of(data))
                    .as("seed %d, %d bytes", seed, length)
                    .isEqualTo(schoolbook(data));
        }
    }

    private static int schoolbook(MemorySegment data) {
        int sum = 0;
        for (long i = 0; i < data.byteSize(); i++) {
            sum += NetworkOrder.u8(data, i) << (i % 2 == 0 ? 8 : 0);
            sum = sum > 0xffff ? sum - 0xffff : sum;
        }
        return ~sum & 0xffff;
    }
}
