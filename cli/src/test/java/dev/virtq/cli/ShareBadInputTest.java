package dev.virtq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.cli.session.MachineChoice;
import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.machine.MachineProvider;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimFileSystem;
import dev.virtq.machine.sim.SimMachine;
import dev.virtq.machine.sim.hostile.FuseLie;
import dev.virtq.machine.sim.hostile.Mischief;
import dev.virtq.machine.sim.hostile.RingLie;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What goes wrong with a share is said in one line, with a status that is not zero. */
@Timeout(60)
class ShareBadInputTest {
    @TempDir private Path folder;

    @BeforeEach
    void make() throws IOException {
        Path share = Files.createDirectories(folder.resolve("share"));
        Files.writeString(share.resolve("file"), "text");
        Files.createDirectories(share.resolve("full/inner"));
        Files.writeString(share.resolve("full/here"), "old");
        Files.createSymbolicLink(share.resolve("loop"), Path.of("loop"));
        Files.writeString(folder.resolve("here"), "new");
        Files.createDirectories(folder.resolve("taken/file"));
    }

    private static void assertOneLine(VirtqRun run, String line, int status) {
        assertThat(run.err()).isEqualTo("virtq: " + line + "\n");
        assertThat(run.status()).isEqualTo(status);
    }

    private VirtqRun run(String... commands) {
        String[] words = new String[commands.length + 5];
        System.arraycopy(
                new String[] {"exec", "--machine", "sim", "--share", folder + "/share"},
                0,
                words,
                0,
                5);
        System.arraycopy(commands, 0, words, 5, commands.length);
        return VirtqRun.of(words);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    fs cat none              | /none: there is no such file or folder
                    fs cat file/below        | /file/below: there is no such file or folder
                    fs cat full              | /full: is a folder (expected: a file)
                    fs cat loop              | /loop: its links lead round in a circle
                    fs cat LONG              | /LONG: File name too long
                    fs cat NUL               | 'a\\u{0}b' is no path: Nul character not allowed
                    fs ls none               | /none: there is no such file or folder
                    fs ls ../../none         | /none: there is no such file or folder
                    fs stat none             | /none: there is no such file or folder
                    fs get none HERE/x       | /none: there is no such file or folder
                    fs get full HERE/x       | /full: is a folder (expected: a file)
                    fs get file HERE/here    | HERE/here: exists already
                    fs get file HERE/no/x    | HERE/no: there is no such file or folder
                    fs get file HERE/here/x  | HERE/here: there is no such file or folder
                    fs get file HERE/taken   | HERE/taken/file: exists already
                    fs get -f file HERE/taken | HERE/taken/file: is a folder (expected: a file)
                    fs put HERE/none         | HERE/none: there is no such file or folder
                    fs put HERE/taken        | HERE/taken: is a folder (expected: a file)
                    fs put HERE/here no/x    | /no: there is no such file or folder
                    fs put HERE/here full    | /full/here: exists already
                    fs put HERE/here LONG    | /LONG: File name too long
                    fs mv none other         | /none: there is no such file or folder
                    fs mv file full/here     | /full/here: exists already
                    fs cp none other         | /none: there is no such file or folder
                    fs ln none other         | /none: there is no such file or folder
                    fs ln -s none file       | /file: exists already
                    fs rm none               | /none: there is no such file or folder
                    fs rm /                  | /: Device or resource busy
                    fs rm full               | /full: the folder is not empty
                    fs mkdir no/folder       | /no/folder: there is no such file or folder
                    fs mkdir -p file/folder  | /file/folder: Not a directory
                    fs find none             | /none: there is no such file or folder
                    fs find --name '['       | --name '[' is no pattern: Missing ']'
                    """)
    void whatIsWrongWithAPathIsSaid(String command, String line) throws IOException {
        String name = "n".repeat(256);
        VirtqRun run =
                run(
                        command.replace("HERE", folder.toString())
                                .replace("LONG", name)
                                .replace("NUL", "a\0b"));
        assertOneLine(run, line.replace("HERE", folder.toString()).replace("LONG", name), 1);
        assertThat(folder.resolve("here")).hasContent("new");
        assertThat(folder.resolve("share/full/here")).hasContent("old");
        try (var left = Files.list(folder)) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("share", "here", "taken");
        }
    }

    @Test
    void whatIsThereIsReplacedWhenThatIsAskedFor() throws IOException {
        VirtqRun run =
                run(
                        "fs put -f %s/here full".formatted(folder),
                        "fs get -f file %s/here".formatted(folder));
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(folder.resolve("share/full/here")).hasContent("new");
        assertThat(folder.resolve("here")).hasContent("text");
        try (var left = Files.list(folder.resolve("share/full"))) {
            assertThat(left).hasSize(2);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "none | --share HERE/none: there is no such folder",
                "here | --share HERE/here: is no folder (expected: one, whose files are shared)"
            })
    void aShareIsAFolder(String name, String line) {
        VirtqRun run =
                VirtqRun.of("exec", "--machine", "sim", "--share", folder + "/" + name, "fs ls");
        assertOneLine(run, line.replace("HERE", folder.toString()), 1);
    }

    @Test
    void namesAreShownWithoutWhatATerminalObeys() throws IOException {
        Files.writeString(folder.resolve("share/full/inner/a\n\033[2Jb"), "");
        VirtqRun run = run("fs ls full/inner", "fs find full/inner", "fs cat 'full/a\n\033[2Jb'");
        assertThat(run.out())
                .isEqualTo("a\\u{a}\\u{1b}[2Jb\n/full/inner\n/full/inner/a\\u{a}\\u{1b}[2Jb\n");
        assertThat(run.err()).hasLineCount(1).doesNotContain("\033");
        assertThat(run.status()).isEqualTo(1);
    }

    /** A machine whose device is like this. */
    private record Sim(SimFileSystem share, Mischief mischief, Runnable whenStarted)
            implements MachineProvider {
        @Override
        public String name() {
            return "odd";
        }

        @Override
        public String description() {
            return "a machine with an odd device";
        }

        @Override
        public int rank() {
            return 1;
        }

        @Override
        public Optional<String> whatIsMissing() {
            return Optional.empty();
        }

        @Override
        public Machine start(MachineOptions options) {
            SimMachine machine =
                    SimMachine.builder()
                            .withholding(FeatureSet.of(CommonFeature.RING_PACKED))
                            .device(share)
                            .mischief(mischief)
                            .start();
            whenStarted.run();
            return machine;
        }

        VirtqRun run(String... commands) {
            String[] words = new String[commands.length + 3];
            System.arraycopy(new String[] {"exec", "--machine", "odd"}, 0, words, 0, 3);
            System.arraycopy(commands, 0, words, 3, commands.length);
            return VirtqRun.with(new MachineChoice(List.of(this)), "", words);
        }
    }

    private static Sim sim(Mischief mischief) {
        return new Sim(SimDevice.fileSystem(), mischief, () -> {});
    }

    @Test
    void aFullShareKeepsNoHalfOfAFile() throws IOException {
        Path large = Files.write(folder.resolve("large"), new byte[9 << 20]);
        SimFileSystem small = SimDevice.fileSystem(6 << 20);
        VirtqRun run = new Sim(small, Mischief.NONE, () -> {}).run("fs put " + large, "fs ls");
        assertOneLine(
                run,
                "/large: No space left on device (6 MiB of 9 MiB were copied, and nothing of it is left)",
                1);
        VirtqRun after = new Sim(small, Mischief.NONE, () -> {}).run("fs ls", "fs df");
        assertThat(after.status()).isZero();
        assertThat(after.out()).hasLineCount(1).contains("6 MiB, of which 6 MiB are free");
    }

    @Test
    void anInterruptedCopyLeavesNothing() throws IOException {
        Path back = folder.resolve("back");
        SimFileSystem share = SimDevice.fileSystem();
        assertThat(
                        new Sim(share, Mischief.NONE, () -> {})
                                .run("fs put %s/here a".formatted(folder))
                                .status())
                .isZero();
        VirtqRun run =
                new Sim(share, Mischief.NONE, () -> Thread.currentThread().interrupt())
                        .run("fs get a " + back);
        assertThat(Thread.interrupted()).isTrue();
        assertOneLine(run, "interrupted", 130);
        try (var left = Files.list(folder)) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("share", "here", "taken");
        }
    }

    /** A server that fails whenever something is read. */
    private static final class Unreadable implements Mischief {
        @Override
        public byte[] fuseAnswer(int opcode, byte[] honest) {
            if (opcode != 15) { // READ
                return honest;
            }
            byte[] error = Arrays.copyOf(honest, 16);
            ByteBuffer.wrap(error).order(ByteOrder.LITTLE_ENDIAN).putInt(0, 16).putInt(4, -5);
            return error;
        }
    }

    @Test
    void whatCannotBeReadLeavesNothing() throws IOException {
        Path back = folder.resolve("back");
        VirtqRun run =
                sim(new Unreadable()).run("fs put %s/here a".formatted(folder), "fs get a " + back);
        assertThat(run.err())
                .isEqualTo(
                        "virtq: %s: Input/output error (0 B of 3 B were copied, and nothing of it is left)\n"
                                .formatted(back));
        assertThat(run.status()).isEqualTo(1);
        assertThat(back).doesNotExist();
        assertThat(folder).isDirectoryNotContaining("glob:**.virtq-*");
    }

    @Test
    void aDeviceThatFailsAndAServerThatTalksNonsenseAreNamed() {
        assertThat(sim(RingLie.WRONG_ID).run("fs ls").err())
                .startsWith("virtq: the file system's device cannot be used any more: ")
                .hasLineCount(1);
        assertThat(sim(FuseLie.MAJOR_VERSION_8).run("fs mount").err())
                .startsWith("virtq: the answer to INIT makes no sense: the server speaks FUSE 8.")
                .hasLineCount(1);
        VirtqRun listed = sim(FuseLie.NAME_WITH_A_SLASH).run("fs mkdir a", "fs ls");
        assertThat(listed.err())
                .contains("makes no sense: a name with a slash in it")
                .hasLineCount(1);
        assertThat(listed.status()).isEqualTo(1);
    }

    /** A folder that has more names whenever it is asked: 380 in each answer. */
    private static final class Crowd implements Mischief {
        @Override
        public byte[] fuseAnswer(int opcode, byte[] honest) {
            if (opcode != 28 && opcode != 44) { // READDIR, READDIRPLUS
                return honest;
            }
            int before = opcode == 44 ? 128 : 0; // an entry of node 0: not looked up
            long unique = ByteBuffer.wrap(honest).order(ByteOrder.LITTLE_ENDIAN).getLong(8);
            int count = 380;
            ByteBuffer crowd = ByteBuffer.allocate(16 + count * (before + 24 + 16));
            crowd.order(ByteOrder.LITTLE_ENDIAN);
            crowd.putInt(crowd.capacity()).putInt(0).putLong(unique);
            for (int i = 0; i < count; i++) {
                crowd.put(new byte[before]).putLong(7).putLong(unique * 1000 + i);
                crowd.putInt(16).putInt(8);
                crowd.put(
                        "%08x%08x"
                                .formatted(unique, i)
                                .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            }
            return crowd.array();
        }
    }

    @Test
    void aFolderWithoutAnEndIsNotListed() {
        assertOneLine(
                sim(new Crowd()).run("fs ls"),
                "/ has more than 500,000 names in it, more than anybody looks at",
                1);
    }
}
