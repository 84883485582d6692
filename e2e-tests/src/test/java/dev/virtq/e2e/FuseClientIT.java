package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceType;
import dev.virtq.drivers.fs.fuse.AttributeChange;
import dev.virtq.drivers.fs.fuse.DirectoryCalls.Name;
import dev.virtq.drivers.fs.fuse.Errno;
import dev.virtq.drivers.fs.fuse.FileCalls.Created;
import dev.virtq.drivers.fs.fuse.FuseClient;
import dev.virtq.drivers.fs.fuse.FuseEntry;
import dev.virtq.drivers.fs.fuse.FuseException;
import dev.virtq.drivers.fs.fuse.FuseOptions;
import dev.virtq.drivers.fs.fuse.NodeCalls.Forgotten;
import dev.virtq.drivers.fs.fuse.OpenFile;
import dev.virtq.drivers.fs.fuse.OpenFlags;
import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The FUSE client on a real virtiofsd, with no QEMU in between. */
@Timeout(60)
class FuseClientIT {
    @TempDir private Path folder;

    @Test
    void overVhostUserFilesAreMadeWrittenReadListedAndForgotten() throws Exception {
        Path share = Files.createDirectory(folder.resolve("share"));
        try (BackEnd server = BackEnds.virtiofsd(folder, share)) {
            checkOperations(server.machine(), share);
        }
    }

    @ParameterizedTest
    @CsvSource({"qemu-local, q35", "qemu-local, microvm", "qemu, q35", "qemu, virt"})
    void throughQemuTheyAreToo(String kind, String type) throws Exception {
        Path share = Files.createDirectory(folder.resolve("share"));
        if (kind.equals("qemu-local")) {
            BackEnds.requireVirtiofsd();
        }
        checkOperations(
                Machines.require(kind)
                        .start(MachineOptions.DEFAULT.withMachineType(type).withShare(share)),
                share);
    }

    private static void checkOperations(Machine started, Path share) throws Exception {
        try (Machine machine = started;
                FuseClient client =
                        FuseClient.open(
                                machine.transport(DeviceType.FILE_SYSTEM), FuseOptions.DEFAULT)) {
            System.out.println("fuse: " + client.session());
            assertThatThrownBy(() -> client.nodes().lookup(FuseClient.ROOT, bytes("none")))
                    .isInstanceOfSatisfying(
                            FuseException.class,
                            e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
            Created made =
                    client.files()
                            .create(FuseClient.ROOT, bytes("hello"), OpenFlags.READ_WRITE, 0x1a4);
            long node = made.entry().node();
            byte[] content = new byte[300_000];
            for (int i = 0; i < content.length; i++) {
                content[i] = (byte) ((i * 31) >> 3);
            }
            int written =
                    client.files()
                            .write(
                                    node,
                                    made.file(),
                                    0,
                                    MemorySegment.ofArray(content).asSlice(0, 100_000));
            assertThat(written).isEqualTo(100_000);
            assertThat(share.resolve("hello")).hasSize(100_000);
            byte[] back = new byte[100_000];
            assertThat(client.files().read(node, made.file(), 0, MemorySegment.ofArray(back)))
                    .isEqualTo(100_000);
            assertThat(back).isEqualTo(java.util.Arrays.copyOf(content, 100_000));
            assertThat(client.nodes().attributes(node).attributes().size()).isEqualTo(100_000);
            client.nodes().change(node, AttributeChange.NONE.size(10).of(made.file()));
            assertThat(share.resolve("hello")).hasSize(10);
            client.files().flush(node, made.file());
            client.files().release(node, made.file());

            FuseEntry sub = client.nodes().makeDirectory(FuseClient.ROOT, bytes("sub"), 0x1ed);
            FuseEntry link =
                    client.nodes().symbolicLink(sub.node(), bytes("link"), bytes("../hello"));
            assertThat(client.nodes().readLink(link.node())).isEqualTo(bytes("../hello"));
            client.nodes().rename(FuseClient.ROOT, bytes("hello"), sub.node(), bytes("moved"));
            OpenFile directory = client.directories().open(sub.node());
            List<Name> names = client.directories().readPlus(sub.node(), directory, 0);
            assertThat(names)
                    .extracting(name -> new String(name.bytes(), StandardCharsets.UTF_8))
                    .containsExactlyInAnyOrder(".", "..", "link", "moved");
            assertThat(client.directories().readPlus(sub.node(), directory, names.getLast().next()))
                    .isEmpty();
            client.directories().release(sub.node(), directory);
            client.nodes()
                    .forget(
                            List.of(
                                    new Forgotten(node, 2),
                                    new Forgotten(link.node(), 2),
                                    new Forgotten(sub.node(), 1)));
            assertThat(client.nodes().space(FuseClient.ROOT).blocks()).isPositive();
        }
    }

    private static byte[] bytes(String name) {
        return name.getBytes(StandardCharsets.UTF_8);
    }
}
