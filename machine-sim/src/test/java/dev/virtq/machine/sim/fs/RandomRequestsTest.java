package dev.virtq.machine.sim.fs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.machine.sim.fuse.FuseRequest;
import dev.virtq.machine.sim.fuse.FuseServer;
import dev.virtq.machine.sim.fuse.ServerSettings;
import dev.virtq.machine.sim.tree.HostTree;
import dev.virtq.machine.sim.tree.MemoryTree;
import dev.virtq.machine.sim.tree.Tree;
import dev.virtq.queue.ring.DriverFaultException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whatever a driver sends, the server answers it, or finds a fault in it; and nothing but the
 * served directory is touched.
 */
@Timeout(120)
class RandomRequestsTest {
    private static final int[] OPCODES = {
        1, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 14, 15, 16, 16, 17, 18, 20, 21, 22, 23, 24,
        25, 27, 28, 29, 30, 31, 32, 33, 34, 35, 35, 36, 42, 43, 44, 45, 46, 47, 50, 52, 53, 99
    };
    private static final String[] NAMES = {"a", "b", "c", "..", "a/b", "", ".", "\u00ff", "user.x"};

    @TempDir Path temporary;

    @ParameterizedTest
    @CsvSource({"false, 1, 100000", "false, 2, 100000", "true, 3, 10000"})
    void everyRequestIsAnsweredOrAFault(boolean ofTheHost, long seed, int count)
            throws IOException {
        Path root = Files.createDirectory(temporary.resolve("root"));
        Files.writeString(temporary.resolve("a"), "outside");
        Tree tree = ofTheHost ? new HostTree(root) : new MemoryTree(1 << 20);
        FuseServer server = new FuseServer(tree, ServerSettings.DEFAULT, null);
        Random random = new Random(seed);
        long unique = 0;
        int succeeded = 0;
        for (int i = 0; i < count; i++) {
            byte[] request;
            int opcode;
            if (i == 0) {
                opcode = 26;
                request = request(26, ++unique, 0, Message.empty().u32(7).u32(45).u64(-1));
            } else {
                opcode = OPCODES[random.nextInt(OPCODES.length)];
                request = request(opcode, ++unique, random.nextInt(1, 12), fields(random));
            }
            succeeded += serve(server, request, unique, 1 + random.nextInt(8192)) ? 1 : 0;
        }
        assertThat(succeeded).as("some of it makes sense").isGreaterThan(count / 50);
        server.end();
        assertThat(server.holdings().open()).isZero();
        openAll(root);
        try (Stream<Path> outside = Files.list(temporary)) {
            assertThat(outside).containsExactlyInAnyOrder(root, temporary.resolve("a"));
        }
        assertThat(temporary.resolve("a")).hasContent("outside");
    }

    /** Random permissions would keep whoever is not root from removing the directory. */
    private static void openAll(Path directory) throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        try (DirectoryStream<Path> inside = Files.newDirectoryStream(directory)) {
            for (Path each : inside) {
                if (Files.isDirectory(each, LinkOption.NOFOLLOW_LINKS)) {
                    openAll(each);
                }
            }
        }
    }

    /** {@return whether it was answered, and not with an error} */
    private static boolean serve(FuseServer server, byte[] bytes, long unique, long room) {
        FuseRequest request = new FuseRequest(bytes);
        if (request.isHighPriority()) {
            try {
                server.hear(request);
                return true;
            } catch (DriverFaultException e) {
                return false; // forgotten too often, or too short
            }
        }
        byte[] answer = server.serve(request, room, unique);
        while (server.nextLate() != null) {}
        if (answer == null) {
            return true;
        }
        Reply reply = new Reply(answer);
        assertThat(reply.length()).isEqualTo(answer.length);
        assertThat(reply.unique()).isEqualTo(unique);
        assertThat(reply.error()).isBetween(0, 4095);
        return reply.error() == 0;
    }

    private static byte[] request(int opcode, long unique, long node, Message fields) {
        byte[] body = fields.toBytes();
        return Message.empty()
                .u32(40 + body.length)
                .u32(opcode)
                .u64(unique)
                .u64(node)
                .zeros(16)
                .bytes(body)
                .toBytes();
    }

    /** Numbers that are often small, sometimes at an edge, and a name or two. */
    private static Message fields(Random random) {
        Message message = Message.empty();
        List<Integer> widths = new ArrayList<>();
        for (int i = random.nextInt(9); i > 0; i--) {
            widths.add(random.nextInt(3));
        }
        for (int width : widths) {
            long value =
                    switch (random.nextInt(8)) {
                        case 0 -> random.nextLong();
                        case 1 -> -1;
                        case 2 -> Long.MAX_VALUE - random.nextInt(2);
                        case 3 -> random.nextInt(1 << 16);
                        default -> random.nextInt(8);
                    };
            if (width == 0) {
                message.u32((int) value);
            } else {
                message.u64(value);
            }
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            message.name(NAMES[random.nextInt(NAMES.length)]);
        }
        if (random.nextInt(4) == 0) {
            byte[] rest = new byte[random.nextInt(64)];
            random.nextBytes(rest);
            message.bytes(rest);
        }
        return message;
    }
}
