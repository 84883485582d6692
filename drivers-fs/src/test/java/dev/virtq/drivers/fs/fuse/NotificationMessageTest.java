package dev.virtq.drivers.fs.fuse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.drivers.fs.fuse.FuseNotification.Deleted;
import dev.virtq.drivers.fs.fuse.FuseNotification.EpochEnded;
import dev.virtq.drivers.fs.fuse.FuseNotification.InvalidEntry;
import dev.virtq.drivers.fs.fuse.FuseNotification.InvalidNode;
import dev.virtq.drivers.fs.fuse.FuseNotification.Pruned;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a buffer of the notification queue says, by the layouts of {@code linux/fuse.h}. */
class NotificationMessageTest {
    private static final int MANY = 300_000;
    private static final int LARGEST = 96;

    private static byte[] message(int code, ByteBuffer fields) {
        int length = 16 + fields.flip().remaining();
        return bytes(length).putInt(length).putInt(code).putLong(0).put(fields).array();
    }

    private static ByteBuffer bytes(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void aFileThatHasChanged() throws FuseProtocolException {
        byte[] message = message(2, bytes(24).putLong(7).putLong(-1).putLong(5));
        assertThat(NotificationMessage.read(message)).isEqualTo(new InvalidNode(7, -1, 5));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, -1})
    void aNameThatHasChangedWhateverItsFlagsAre(int flags) throws FuseProtocolException {
        ByteBuffer fields =
                bytes(21).putLong(7).putInt(4).putInt(flags).put("name".getBytes(UTF_8));
        byte[] message = message(3, fields.put((byte) 0));
        assertThat(NotificationMessage.read(message))
                .isInstanceOfSatisfying(
                        InvalidEntry.class,
                        entry -> {
                            assertThat(entry.directory()).isEqualTo(7);
                            assertThat(entry.name()).isEqualTo("name".getBytes(UTF_8));
                        });
    }

    @Test
    void aNameThatIsGone() throws FuseProtocolException {
        ByteBuffer fields = bytes(27).putLong(7).putLong(8).putInt(2).putInt(0);
        byte[] message = message(6, fields.put((byte) 0xff).put((byte) '\n').put((byte) 0));
        assertThat(NotificationMessage.read(message))
                .isInstanceOfSatisfying(
                        Deleted.class,
                        deleted -> {
                            assertThat(deleted.directory()).isEqualTo(7);
                            assertThat(deleted.node()).isEqualTo(8);
                            assertThat(deleted.name()).containsExactly(0xff, '\n');
                        });
    }

    @Test
    void theEndOfAllNamesAndFilesToBeForgotten() throws FuseProtocolException {
        assertThat(NotificationMessage.read(message(8, bytes(0)))).isEqualTo(new EpochEnded());
        byte[] message = message(9, bytes(32).putInt(2).putInt(0).putLong(0).putLong(5).putLong(6));
        assertThat(NotificationMessage.read(message)).isEqualTo(new Pruned(List.of(5L, 6L)));
    }

    @Test
    void bytesBehindTheMessageAreNoneOfIt() throws FuseProtocolException {
        byte[] message = message(2, bytes(24).putLong(7).putLong(0).putLong(0));
        assertThat(NotificationMessage.read(Arrays.copyOf(message, 100)))
                .isEqualTo(new InvalidNode(7, 0, 0));
    }

    @Test
    void aNameOf256BytesIsNone() {
        ByteBuffer fields = bytes(16 + 257).putLong(1).putInt(256).putInt(0);
        byte[] name = new byte[256];
        Arrays.fill(name, (byte) 'x');
        byte[] message = message(3, fields.put(name).put((byte) 0));
        assertThatThrownBy(() -> NotificationMessage.read(message))
                .isInstanceOf(FuseProtocolException.class)
                .hasMessageContaining("INVAL_ENTRY")
                .hasMessageContaining("a name of 256 bytes (expected: 1..255)");
    }

    /** Whatever comes, it is understood, not served, or refused as what makes no sense. */
    @Test
    void anyBytesAreAnAnswerOrAnErrorOfTheProtocol() {
        Random random = new Random(1804);
        int read = 0;
        int unserved = 0;
        for (int i = 0; i < MANY; i++) {
            byte[] message = new byte[random.nextInt(LARGEST)];
            random.nextBytes(message);
            if (message.length >= 16) { // nearly all others are refused for their headers
                ByteBuffer header = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
                header.putInt(message.length - random.nextInt(2)).putInt(random.nextInt(12));
                header.putLong(0);
                if (message.length >= 32) {
                    header.putInt(24, random.nextInt(8)); // a length of a name, often
                    header.put(message.length - 1, (byte) 0);
                }
            }
            try {
                if (NotificationMessage.read(message) == null) {
                    unserved++;
                } else {
                    read++;
                }
            } catch (FuseProtocolException expected) {
                assertThat(expected).hasMessageContaining("makes no sense");
            }
        }
        assertThat(read).isPositive();
        assertThat(unserved).isPositive();
    }
}
