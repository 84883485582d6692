package dev.virtq.drivers.fs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceType;
import dev.virtq.drivers.fs.fuse.FuseClient;
import dev.virtq.drivers.fs.fuse.FuseFlag;
import dev.virtq.drivers.fs.fuse.FuseOpcode;
import dev.virtq.drivers.fs.fuse.FuseOptions;
import dev.virtq.drivers.fs.fuse.FuseTracer.Event;
import dev.virtq.drivers.fs.fuse.OpenFlags;
import dev.virtq.drivers.fs.fuse.SecurityContext;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimFileSystem;
import dev.virtq.machine.sim.SimMachine;
import dev.virtq.machine.sim.hostile.Mischief;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What follows from the flags that both sides of FUSE_INIT have agreed on, and from those not. */
@Timeout(60)
@ParameterizedClass
@EnumSource(SimulatedShareTest.Ring.class)
class AgreedFlagsTest {
    private static final int INIT = 26;
    private static final int FLAGS = 16 + 12; // of struct fuse_init_out, behind its header
    private static final int USER = 1000;
    private static final int SET_USER_ID = 04000;
    private static final int SET_GROUP_ID = 02000;

    private final SimulatedShareTest.Ring ring;
    private final List<Event> events = new CopyOnWriteArrayList<>();
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    AgreedFlagsTest(SimulatedShareTest.Ring ring) {
        this.ring = ring;
    }

    @AfterEach
    void close() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    private FuseOptions options() {
        return ring.options().fuse();
    }

    private VirtioFileSystem mount(SimFileSystem files, FuseOptions options, FuseFlag... withheld)
            throws Exception {
        SimMachine machine =
                SimMachine.builder()
                        .memory(32L << 20)
                        .device(files)
                        .mischief(withholding(withheld))
                        .start();
        open.push(machine);
        VirtioFileSystem share =
                VirtioFileSystem.mount(
                        machine.transport(DeviceType.FILE_SYSTEM),
                        MountOptions.DEFAULT.withUmask(0).withFuse(options));
        open.push(share);
        share.client().connection().trace(events::add);
        for (FuseFlag flag : withheld) {
            assertThat(share.client().session().has(flag)).as("%s", flag).isFalse();
        }
        return share;
    }

    /** A server that does not agree to some flags. */
    private static Mischief withholding(FuseFlag... flags) {
        int mask = Arrays.stream(flags).mapToInt(flag -> 1 << flag.bit()).sum();
        return new Mischief() {
            @Override
            public byte[] fuseAnswer(int opcode, byte[] honest) {
                if (opcode == INIT) {
                    ByteBuffer answer = ByteBuffer.wrap(honest).order(ByteOrder.LITTLE_ENDIAN);
                    answer.putInt(FLAGS, answer.getInt(FLAGS) & ~mask);
                }
                return honest;
            }
        };
    }

    private List<FuseOpcode> asked() {
        return events.stream().map(Event::opcode).toList();
    }

    // ---- how much at once

    private long largestWrite(FuseFlag... withheld) throws Exception {
        VirtioFileSystem share = mount(SimDevice.fileSystem(), options(), withheld);
        byte[] content = new byte[300_000];
        new Random(3).nextBytes(content);
        Path file = Files.createFile(share.getPath("/file"));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            assertThat(channel.write(ByteBuffer.wrap(content))).isEqualTo(content.length);
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(content);
        return events.stream()
                .filter(event -> event.opcode() == FuseOpcode.WRITE)
                .mapToLong(event -> event.sent() - 80) // header and fields
                .max()
                .orElseThrow();
    }

    @Test
    void aWriteHasAsManyPagesAsWasAgreed() throws Exception {
        assertThat(largestWrite()).isEqualTo(300_000);
    }

    @Test
    void withoutMaxPagesThereAre32() throws Exception {
        assertThat(largestWrite(FuseFlag.MAX_PAGES)).isEqualTo(32 * 4096);
    }

    @Test
    void withoutBigWritesThereIsOne() throws Exception {
        assertThat(largestWrite(FuseFlag.BIG_WRITES)).isEqualTo(4096);
    }

    // ---- directories, and opening

    @Test
    void namesComeWithWhatTheyStandForWhereThatWasAgreed() throws Exception {
        assertThat(listing()).contains(FuseOpcode.READDIRPLUS).doesNotContain(FuseOpcode.READDIR);
        close();
        events.clear();
        assertThat(listing(FuseFlag.DO_READDIRPLUS))
                .contains(FuseOpcode.READDIR)
                .doesNotContain(FuseOpcode.READDIRPLUS);
    }

    private List<FuseOpcode> listing(FuseFlag... withheld) throws Exception {
        VirtioFileSystem share = mount(SimDevice.fileSystem(), options(), withheld);
        Files.createFile(share.getPath("/a"));
        Files.createFile(share.getPath("/b"));
        try (var names = Files.list(share.getPath("/"))) {
            assertThat(names.map(Path::toString)).containsExactlyInAnyOrder("/a", "/b");
        }
        return asked();
    }

    @Test
    void aFileIsEmptiedByOpeningItWhereThatWasAgreed() throws Exception {
        assertThat(emptying()).doesNotContain(FuseOpcode.SETATTR);
        close();
        events.clear();
        assertThat(emptying(FuseFlag.ATOMIC_O_TRUNC)).contains(FuseOpcode.SETATTR);
    }

    private List<FuseOpcode> emptying(FuseFlag... withheld) throws Exception {
        VirtioFileSystem share = mount(SimDevice.fileSystem(), options(), withheld);
        Path file = Files.writeString(share.getPath("/a"), "long text");
        Files.writeString(file, "text");
        assertThat(Files.readString(file)).isEqualTo("text");
        return asked();
    }

    @Test
    void nothingIsHeldBackFromTheServer() throws Exception {
        assertThat(mount(SimDevice.fileSystem(), options()).client().session().flags())
                .doesNotContain(FuseFlag.WRITEBACK_CACHE, FuseFlag.READDIRPLUS_AUTO);
    }

    // ---- HANDLE_KILLPRIV_V2

    /** Something that changes a file's content, or whose it is. */
    private interface Change {
        void of(Path file) throws Exception;
    }

    private static final List<Change> CONTENT_CHANGES =
            List.of(
                    file -> {
                        try (FileChannel channel =
                                FileChannel.open(file, StandardOpenOption.WRITE)) {
                            channel.write(ByteBuffer.wrap(new byte[] {1}));
                        }
                    },
                    file -> {
                        try (FileChannel channel =
                                FileChannel.open(file, StandardOpenOption.WRITE)) {
                            channel.truncate(1);
                        }
                    },
                    file ->
                            FileChannel.open(
                                            file,
                                            StandardOpenOption.WRITE,
                                            StandardOpenOption.TRUNCATE_EXISTING)
                                    .close());

    /** {@return the mode of a file of somebody else, after a change of it} */
    private int modeAfter(Change change, SimFileSystem files, int user) throws Exception {
        VirtioFileSystem owner = mount(files, options());
        Path made = Files.writeString(owner.getPath("/program"), "text");
        Files.setAttribute(made, "unix:mode", SET_USER_ID | SET_GROUP_ID | 0777);
        close();
        VirtioFileSystem other = mount(files, options().as(user, user));
        change.of(other.getPath("/program"));
        return (Integer) Files.getAttribute(other.getPath("/program"), "unix:mode") & 07777;
    }

    @Test
    void whoChangesTheContentTakesTheOwnersPrivilegesAway() throws Exception {
        for (Change change : CONTENT_CHANGES) {
            assertThat(modeAfter(change, SimDevice.fileSystem(), USER)).isEqualTo(0777);
            close();
        }
    }

    @Test
    void rootLeavesThemAsTheyAre() throws Exception {
        for (Change change : CONTENT_CHANGES) {
            assertThat(modeAfter(change, SimDevice.fileSystem(), 0)).isEqualTo(06777);
            close();
        }
    }

    @Test
    void aServerThatDoesNotKnowThemIsLeftToItself() throws Exception {
        for (Change change : CONTENT_CHANGES) {
            assertThat(modeAfter(change, SimDevice.fileSystem().speaking(31), USER))
                    .isEqualTo(06777);
            close();
        }
    }

    @Test
    void anotherOwnerDoesNotGetThePrivilegesOfTheOneBefore() throws Exception {
        Change change = file -> Files.setAttribute(file, "unix:uid", 7);
        assertThat(modeAfter(change, SimDevice.fileSystem(), 0)).isEqualTo(0777);
        VirtioFileSystem share = mount(SimDevice.fileSystem(), options());
        Path folder = Files.createDirectory(share.getPath("/folder"));
        Files.setAttribute(folder, "unix:mode", SET_GROUP_ID | 0777);
        change.of(folder);
        assertThat((Integer) Files.getAttribute(folder, "unix:mode") & 07777)
                .as("what is in a directory belongs to its group still")
                .isEqualTo(02777);
    }

    // ---- SECURITY_CTX and CREATE_SUPP_GROUP

    @Test
    void newFilesOfEachKindHaveTheirSecurityContextsFromTheStart() throws Exception {
        byte[] label = "system_u:object_r:tmp_t:s0\0".getBytes(UTF_8);
        SecurityContext first = new SecurityContext("security.selinux", label);
        SecurityContext second = new SecurityContext("security.other", new byte[0]);
        for (int minor : new int[] {36, 38, 45}) {
            VirtioFileSystem share =
                    mount(
                            SimDevice.fileSystem().speaking(minor),
                            options().withSecurityContexts(first, second));
            FuseClient client = share.client();
            List<Long> nodes =
                    List.of(
                            client.nodes().makeDirectory(1, name("d"), 0755).node(),
                            client.nodes().symbolicLink(1, name("l"), name("target")).node(),
                            client.nodes().make(1, name("p"), 0010644, 0).node(),
                            client.files()
                                    .create(1, name("f"), OpenFlags.READ_WRITE, 0644)
                                    .entry()
                                    .node());
            for (long node : nodes) {
                assertThat(client.xattrs().get(node, name("security.selinux"))).isEqualTo(label);
                assertThat(client.xattrs().get(node, name("security.other"))).isEmpty();
            }
            Path file = Files.createFile(share.getPath("/by-path"));
            assertThat(Files.exists(file)).isTrue();
            close();
        }
    }

    @Test
    void aServerThatWouldLeaveThemOutIsRefused() {
        SecurityContext label = new SecurityContext("security.selinux", new byte[] {1});
        assertThatThrownBy(() ->
                        mount(
                                SimDevice.fileSystem().speaking(35),
                                options().withSecurityContexts(label)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("SECURITY_CTX")
                .hasMessageContaining("7.35");
    }

    @Test
    void contextsThatCannotBeSentAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new SecurityContext("", new byte[0]));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SecurityContext("security.x\0", new byte[0]));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SecurityContext("security.x", new byte[4097]));
        SecurityContext large = new SecurityContext("security.x", new byte[2000]);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> options().withSecurityContexts(large, large));
    }

    @Test
    void whoIsInTheGroupOfADirectoryMakesFilesThere() throws Exception {
        SimFileSystem files = SimDevice.fileSystem();
        VirtioFileSystem root = mount(files, options());
        Path folder = Files.createDirectory(root.getPath("/folder"));
        Files.setAttribute(folder, "unix:gid", 77);
        Files.setAttribute(folder, "unix:mode", 0775);
        makeAll(mount(files, options().as(USER, USER, Set.of(5, 77))));
        VirtioFileSystem stranger = mount(files, options().as(USER, USER, Set.of(5)));
        assertThatThrownBy(() -> Files.createDirectory(stranger.getPath("/folder/other")))
                .isInstanceOf(AccessDeniedException.class);
        VirtioFileSystem before =
                mount(files.speaking(37), options().as(USER, USER, Set.of(5, 77)));
        assertThatThrownBy(() -> Files.createDirectory(before.getPath("/folder/other")))
                .isInstanceOf(AccessDeniedException.class);
    }

    private static void makeAll(VirtioFileSystem share) throws Exception {
        FuseClient client = share.client();
        long folder = client.nodes().lookup(1, name("folder")).node();
        client.nodes().makeDirectory(folder, name("d"), 0755);
        client.nodes().symbolicLink(folder, name("l"), name("target"));
        client.nodes().make(folder, name("p"), 0010644, 0);
        client.files().create(folder, name("f"), OpenFlags.READ_WRITE, 0644);
        client.files().createUnnamed(folder, OpenFlags.READ_WRITE, 0644);
        assertThat(client.nodes().lookup(folder, name("f")).attributes().user()).isEqualTo(USER);
    }

    private static byte[] name(String name) {
        return name.getBytes(UTF_8);
    }
}
