package dev.virtq.drivers.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.virtq.device.DeviceType;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimMachine;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Paths that lead nowhere are refused as the default file system of Unix refuses them. */
@Timeout(60)
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the default file system has other paths there")
class BadPathsTest {
    @TempDir private Path temporary;

    private final SimMachine machine =
            SimMachine.builder().memory(32L << 20).device(SimDevice.fileSystem()).start();
    private VirtioFileSystem share;

    BadPathsTest() throws IOException {
        share = VirtioFileSystem.mount(machine.transport(DeviceType.FILE_SYSTEM));
    }

    @BeforeEach
    void makeTheSameOnBothSides() throws IOException {
        for (Path root : roots()) {
            Files.writeString(root.resolve("file"), "text");
            Files.createDirectory(root.resolve("folder"));
        }
    }

    @AfterEach
    void close() {
        share.close();
        machine.close();
    }

    private List<Path> roots() {
        return List.of(temporary, share.getPath("/"));
    }

    /** A path that is bad, below a root. */
    @SuppressWarnings("ImmutableEnumChecker") // its functions have no state
    enum Bad {
        NAME_OF_256_BYTES(root -> root.resolve("n".repeat(256))),
        NAME_OF_256_BYTES_ON_THE_WAY(root -> root.resolve("n".repeat(256)).resolve("a")),
        NAME_OF_128_CHARACTERS_AND_256_BYTES(root -> root.resolve("\u00e4".repeat(128))),
        PATH_OF_5000_BYTES(root -> root.resolve("a/".repeat(2500))),
        PATH_OF_5000_BYTES_THAT_LEADS_BACK(root -> root.resolve("folder/../".repeat(500))),
        FILE_AS_A_FOLDER(root -> root.resolve("file/a")),
        FILE_AND_UP_AGAIN(root -> root.resolve("file/../folder")),
        NOTHING_AND_UP_AGAIN(root -> root.resolve("none/../folder"));

        private final Function<Path, Path> path;

        Bad(Function<Path, Path> path) {
            this.path = path;
        }

        Path below(Path root) {
            return path.apply(root);
        }
    }

    private interface Action {
        @Nullable Object on(Path path) throws IOException;
    }

    private static final List<Action> ACTIONS =
            List.of(
                    path -> Files.size(path),
                    path -> Files.readString(path),
                    path -> Files.readAttributes(path, "size", LinkOption.NOFOLLOW_LINKS),
                    path -> Files.createFile(path),
                    path -> Files.createDirectory(path),
                    path -> Files.writeString(path, "text"),
                    path -> Files.createSymbolicLink(path, path.getFileName()),
                    path -> Files.list(path),
                    path -> Files.exists(path),
                    path -> Files.deleteIfExists(path));

    @ParameterizedTest
    @EnumSource
    void aBadPathIsRefusedAsOnUnix(Bad bad) throws IOException {
        for (int i = 0; i < ACTIONS.size(); i++) {
            Action action = ACTIONS.get(i);
            String there = outcome(() -> action.on(bad.below(temporary)));
            String here = outcome(() -> action.on(bad.below(share.getPath("/"))));
            assertThat(here).as("%s, action %d", bad, i).isEqualTo(there);
        }
        assertLivesOn();
    }

    /** The C library goes on name by name, however many there are; here a path has its length. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_NONE, names = "PATH_OF_.*")
    void aBadPathHasNoRealOne(Bad bad) {
        assertThat(outcome(() -> bad.below(share.getPath("/")).toRealPath()))
                .isEqualTo(outcome(() -> bad.below(temporary).toRealPath()));
    }

    private interface Attempt {
        @Nullable Object make() throws IOException;
    }

    private static String outcome(Attempt attempt) {
        try {
            Object value = attempt.make();
            if (value instanceof AutoCloseable open) {
                open.close();
            }
            return value instanceof Boolean ? value.toString() : "done";
        } catch (FileSystemException e) {
            return e.getClass().getSimpleName() + ": " + e.getReason();
        } catch (Exception e) {
            return e.toString();
        }
    }

    private void assertLivesOn() throws IOException {
        Path after = share.getPath("/after");
        Files.writeString(after, "text");
        assertThat(Files.readString(after)).isEqualTo("text");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\0b", "\0", "/a/\0", "\ud800", "a\udc00b"})
    void aTextThatIsNoPathIsRefusedBeforeAnybodyIsAsked(String text) {
        assertThatThrownBy(() -> share.getPath(text)).isInstanceOf(InvalidPathException.class);
        assertThatThrownBy(() -> share.getPath("/folder").resolve(text))
                .isInstanceOf(InvalidPathException.class);
    }

    @Test
    void nothingIsAboveTheRoot() throws IOException {
        Path up = share.getPath("/../../../file");
        assertThat(Files.readString(up)).isEqualTo("text");
        assertThat(up.toRealPath()).isEqualTo(share.getPath("/file"));
        assertThat(up.normalize()).isEqualTo(share.getPath("/file"));
        Files.createSymbolicLink(share.getPath("/folder/link"), share.getPath("../../../../file"));
        assertThat(Files.readString(share.getPath("/folder/link"))).isEqualTo("text");
    }

    @Test
    void theLongestNamesAndPathsAreTaken() throws IOException {
        for (Path root : roots()) {
            Path longest = root.resolve("n".repeat(255));
            assertThat(Files.readString(Files.writeString(longest, "text"))).isEqualTo("text");
            Path characters = root.resolve("\u00e4".repeat(127));
            assertThat(Files.readString(Files.writeString(characters, "text"))).isEqualTo("text");
        }
        Path path = share.getPath("/" + "./".repeat(2045) + "file");
        assertThat(path.toString()).hasSize(4095);
        assertThat(Files.readString(path)).isEqualTo("text");
        assertThatThrownBy(() -> Files.readString(share.getPath("/" + "./".repeat(2046) + "file")))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("File name too long");
    }

    @ParameterizedTest
    @ValueSource(ints = {4095, 4096, 100_000})
    void aLinkMayPointAsFarAsOnUnix(int length) throws IOException {
        String target = "a/".repeat(length / 2) + "a".repeat(length % 2);
        String there =
                outcome(() -> Files.createSymbolicLink(temporary.resolve("link"), Path.of(target)));
        String here =
                outcome(() ->
                        Files.createSymbolicLink(share.getPath("/link"), share.getPath(target)));
        assertThat(here).isEqualTo(there);
        assertLivesOn();
    }

    @ParameterizedTest
    @ValueSource(ints = {70_000, 2 << 20})
    void anAttributeIsNotLargerThanOnUnix(int length) throws IOException {
        UserDefinedFileAttributeView view =
                Files.getFileAttributeView(
                        share.getPath("/file"), UserDefinedFileAttributeView.class);
        assertThatThrownBy(() -> view.write("note", ByteBuffer.allocate(length)))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("attribute 'note': Argument list too long");
        assertLivesOn();
    }

    @Test
    void aUriThatLeadsNowhereSaysSo() {
        assertThat(catchThrowable(() -> Path.of(URI.create("virtiofs://nowhere/a"))))
                .isInstanceOf(FileSystemNotFoundException.class)
                .hasMessageContaining("nowhere");
        for (String bad : List.of("virtiofs:a", "virtiofs:///a", "virtiofs://virtq/%00")) {
            assertThatThrownBy(() -> Path.of(URI.create(bad)))
                    .as(bad)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
