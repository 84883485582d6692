package dev.virtq.drivers.fs.directory;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceType;
import dev.virtq.drivers.fs.fuse.FuseClient;
import dev.virtq.drivers.fs.fuse.FuseOptions;
import dev.virtq.drivers.fs.node.Share;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimMachine;
import dev.virtq.machine.sim.hostile.FuseLie;
import dev.virtq.machine.sim.hostile.Mischief;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names of a directory, with what they stand for (READDIRPLUS) and without (READDIR). */
@Timeout(60)
@ParameterizedClass
@ValueSource(booleans = {true, false})
class OpenDirectoryTest {
    /** So many that they come in several answers of 64 KiB. */
    private static final int MANY = 3000;

    private final SimMachine machine =
            SimMachine.builder().memory(32L << 20).device(SimDevice.fileSystem()).start();
    private final FuseClient client;
    private final Share share;

    OpenDirectoryTest(boolean plus) throws IOException {
        client = FuseClient.open(machine.transport(DeviceType.FILE_SYSTEM), FuseOptions.DEFAULT);
        share = new Share(client, plus);
    }

    @AfterEach
    void close() {
        machine.misbehave(Mischief.NONE);
        share.forgetAll();
        assertThat(machine.share("fs0").openHandles()).isZero();
        assertThat(share.heldNodes()).as("the root").isEqualTo(1);
        assertThat(client.connection().device().failure()).isEmpty();
        client.close();
        machine.close();
    }

    private void make(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            byte[] name = "a name of some length %04d".formatted(i).getBytes(UTF_8);
            client.nodes().forget(client.nodes().make(FuseClient.ROOT, name, 0100644, 0).node(), 1);
        }
    }

    private static List<String> rest(OpenDirectory directory) throws IOException {
        List<String> names = new ArrayList<>();
        for (String name = directory.next(); name != null; name = directory.next()) {
            names.add(name);
        }
        return names;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, MANY})
    void eachNameComesOnce(int count) throws IOException {
        make(count);
        try (OpenDirectory directory = OpenDirectory.open(share, share.root())) {
            assertThat(rest(directory)).hasSize(count).doesNotHaveDuplicates();
            assertThat(directory.next()).as("and nothing behind the end").isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, MANY})
    void oneThatBeginsAgainIsGivenUpWhereItDoes(int count) throws IOException {
        make(count);
        machine.misbehave(FuseLie.READDIR_BEGINS_AGAIN);
        try (OpenDirectory directory = OpenDirectory.open(share, share.root())) {
            List<String> seen = new ArrayList<>();
            assertThatThrownBy(
                            () -> {
                                for (String name = directory.next();
                                        name != null;
                                        name = directory.next()) {
                                    seen.add(name);
                                }
                            })
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("in a circle: at offset 0 again");
            assertThat(seen).as("all names, and the one that leads back").hasSize(count + 1);
            assertThat(directory.next()).as("it is over then").isNull();
        }
    }

    @Test
    void oneWithoutAnEndGoesOnForAsLongAsSomebodyReads() throws IOException {
        machine.misbehave(FuseLie.READDIR_ENDLESS);
        try (OpenDirectory directory = OpenDirectory.open(share, share.root())) {
            for (int i = 0; i < 5; i++) {
                assertThat(directory.next()).startsWith("endless-");
            }
        }
    }
}
