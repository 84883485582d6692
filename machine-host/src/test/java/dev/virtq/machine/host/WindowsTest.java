package dev.virtq.machine.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceLostException;
import dev.virtq.transport.RegisterWindow;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The configuration space and the BARs. */
class WindowsTest {
    @TempDir private Path folder;
    private final Tenure tenure = new Tenure();

    enum Way {
        CONFIG,
        MAPPED
    }

    @ParameterizedTest
    @EnumSource
    void readsAndWritesAreLittleEndianAndAsWideAsAsked(Way way) throws IOException {
        Path file = file(4096);
        FakeComputer.poke(file, 16, 0x11, 0x22, 0x33, 0x84);
        RegisterWindow window = open(way, file);

        assertThat(window.size()).isEqualTo(4096);
        assertThat(window.readInt(16)).isEqualTo(0x8433_2211);
        assertThat(window.readShort(18)).isEqualTo((short) 0x8433);
        assertThat(window.readByte(19)).isEqualTo((byte) 0x84);
        window.writeInt(32, 0x0403_0201);
        window.writeShort(36, (short) 0x0605);
        window.writeByte(39, (byte) 0x80);
        byte[] there = Files.readAllBytes(file);
        assertThat(there)
                .startsWith(new byte[16])
                .contains((byte) 1, org.assertj.core.data.Index.atIndex(32))
                .contains((byte) 4, org.assertj.core.data.Index.atIndex(35))
                .contains((byte) 5, org.assertj.core.data.Index.atIndex(36))
                .contains((byte) 6, org.assertj.core.data.Index.atIndex(37))
                .contains((byte) 0, org.assertj.core.data.Index.atIndex(38))
                .contains((byte) 0x80, org.assertj.core.data.Index.atIndex(39));
    }

    @ParameterizedTest
    @EnumSource
    void nothingOutsideAndNothingUnalignedReachesTheDevice(Way way) throws IOException {
        RegisterWindow window = open(way, file(256));

        assertThatThrownBy(() -> window.readInt(256)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> window.readShort(255))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> window.readByte(-1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> window.writeInt(2, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("register offset 0x2 (expected: a multiple of 4)");
        assertThatThrownBy(() -> window.writeShort(1, (short) 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @EnumSource
    void nothingReachesAFunctionThatIsNotOursAnyMore(Way way) throws IOException {
        Path file = file(256);
        RegisterWindow window = open(way, file);
        tenure.end(new DeviceLostException("the machine was closed"));

        assertThatThrownBy(() -> window.writeByte(0, (byte) 1))
                .isInstanceOf(DeviceLostException.class)
                .hasMessage("the machine was closed");
        assertThatThrownBy(() -> window.readByte(0)).isInstanceOf(DeviceLostException.class);
        assertThat(Files.readAllBytes(file)).containsOnly(0);
    }

    @ParameterizedTest
    @EnumSource
    void aFunctionThatGoesAwayIsLostToAll(Way way) throws IOException {
        Path file = file(4096);
        RegisterWindow window = open(way, file);
        truncate(file);

        assertThatThrownBy(() -> window.readInt(0)).isInstanceOf(DeviceLostException.class);
        assertThat(tenure.ended()).isPresent();
        assertThatThrownBy(() -> window.writeInt(0, 0)).isInstanceOf(DeviceLostException.class);
    }

    @Test
    void aConfigurationSpaceThatIsNotShownAsAWholeIsNotOpened() throws IOException {
        Path file = file(64);

        assertThatThrownBy(() -> ConfigFile.open(file, "0000:00:03.0", tenure))
                .isInstanceOf(IOException.class)
                .hasMessage("only its first 64 bytes are shown");
    }

    @Test
    void aConfigurationSpaceIsOneDriversAtATime() throws IOException {
        Path file = file(256);
        ConfigFile first = ConfigFile.open(file, "0000:00:03.0", tenure);

        assertThatThrownBy(() -> ConfigFile.open(file, "0000:00:03.0", tenure))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(
                        "pci 0000:00:03.0 is driven by somebody else already (expected: one at a"
                                + " time)");
        first.close();
        ConfigFile.open(file, "0000:00:03.0", tenure).close();
    }

    private RegisterWindow open(Way way, Path file) throws IOException {
        return switch (way) {
            case CONFIG -> ConfigFile.open(file, "0000:00:03.0", tenure);
            case MAPPED -> MappedWindow.map(file, Files.size(file), tenure);
        };
    }

    private Path file(int bytes) throws IOException {
        return Files.write(folder.resolve("registers"), new byte[bytes]);
    }

    private static void truncate(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(0);
        }
    }
}
