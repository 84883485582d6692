package dev.virtq.drivers.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.virtq.device.DeviceType;
import dev.virtq.drivers.fs.fuse.FuseOptions;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimMachine;
import dev.virtq.machine.sim.hostile.FuseLie;
import dev.virtq.machine.sim.hostile.Mischief;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A server that lies: whoever asks gets an {@link IOException} or an answer, and soon. */
@Timeout(60)
class HostileServerTest {
    private static final Duration PATIENCE = Duration.ofMillis(300);

    /** More names than any listing here has: one that has no end is given up by who reads it. */
    private static final int MANY = 10_000;

    @ParameterizedTest
    @EnumSource(FuseLie.class)
    void aLieIsAnErrorOfItsRequestAndTheMountLivesOn(FuseLie lie) throws Exception {
        MountOptions options =
                MountOptions.DEFAULT
                        .withoutCache()
                        .withFuse(FuseOptions.DEFAULT.withTimeout(PATIENCE));
        try (SimMachine machine =
                        SimMachine.builder()
                                .memory(32L << 20)
                                .device(SimDevice.fileSystem())
                                .start();
                VirtioFileSystem share =
                        VirtioFileSystem.mount(
                                machine.transport(DeviceType.FILE_SYSTEM), options)) {
            Path file = Files.writeString(share.getPath("/file"), "text");
            Path folder = Files.createDirectory(share.getPath("/folder"));
            Files.createSymbolicLink(share.getPath("/link"), file);
            Files.writeString(folder.resolve("a"), "a");

            machine.misbehave(lie);
            List<Callable<?>> attempts =
                    List.of(
                            () -> Files.readString(file),
                            () -> Files.writeString(file, "other"),
                            () -> Files.size(file),
                            () -> Files.readAttributes(file, "unix:*", LinkOption.NOFOLLOW_LINKS),
                            () -> Files.readSymbolicLink(share.getPath("/link")),
                            () -> Files.createDirectory(share.getPath("/new")),
                            () -> Files.createFile(share.getPath("/made")),
                            () -> count(folder),
                            () -> Files.getFileStore(file).getTotalSpace(),
                            () -> Files.getAttribute(file, "user:none"),
                            () -> Files.deleteIfExists(folder.resolve("a")));
            for (Callable<?> attempt : attempts) {
                attempt(attempt);
            }

            machine.misbehave(Mischief.NONE);
            if (share.client().connection().device().failure().isEmpty()) {
                assertThatCode(() -> Files.writeString(share.getPath("/after"), "text"))
                        .doesNotThrowAnyException();
                assertThat(Files.readString(share.getPath("/after"))).isEqualTo("text");
            }
        }
    }

    private static Object attempt(Callable<?> attempt) throws Exception {
        try {
            return attempt.call();
        } catch (IOException | UncheckedIOException | DirectoryIteratorException expected) {
            return expected; // the lie was noticed, or the request refused
        } catch (UnsupportedOperationException | IllegalArgumentException e) {
            if (String.valueOf(e.getMessage()).contains("user:")) {
                return e; // there is no such attribute
            }
            throw e;
        }
    }

    private static int count(Path folder) throws IOException {
        int count = 0;
        try (var names = Files.newDirectoryStream(folder)) {
            for (Path _ : names) {
                if (++count == MANY) {
                    break;
                }
            }
        }
        return count;
    }
}
