package dev.virtq.benchmarks.fs;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A virtiofsd of this computer, which serves a folder at a socket. */
final class ShareServer {
    private static final List<Path> PLACES =
            List.of(Path.of("/usr/libexec/virtiofsd"), Path.of("/usr/lib/qemu/virtiofsd"));
    private static final int PATIENCE_MILLIS = 10_000;

    private final Process process;
    private final List<Path> left;

    private ShareServer(Process process, List<Path> left) {
        this.process = process;
        this.left = left;
    }

    /** Starts one, and waits until it listens. */
    static ShareServer start(Path socket, Path folder) throws IOException {
        Path binary =
                PLACES.stream()
                        .filter(Files::isExecutable)
                        .findFirst()
                        .orElseThrow(() ->
                                new IOException(
                                        "no virtiofsd in %s (Debian: apt-get install virtiofsd, or qemu-system-common up to Debian 12)"
                                                .formatted(PLACES)));
        boolean inRust = binary.equals(PLACES.getFirst()) || Files.isSymbolicLink(binary);
        List<String> command =
                inRust
                        ? List.of(
                                binary.toString(),
                                "--socket-path=" + socket,
                                "--shared-dir=" + folder,
                                "--sandbox=none",
                                "--log-level=error")
                        : List.of(
                                binary.toString(),
                                "--socket-path=" + socket,
                                "-o",
                                "source=" + folder,
                                "-o",
                                "sandbox=chroot,log_level=err");
        Path lock =
                inRust
                        ? Path.of(socket + ".pid")
                        : Path.of(
                                "/var/run/virtiofsd",
                                socket.toString().replace(File.separatorChar, '.') + ".pid");
        Path log = Path.of(socket + ".log");
        ShareServer server =
                new ShareServer(
                        new ProcessBuilder(command)
                                .redirectErrorStream(true)
                                .redirectOutput(log.toFile())
                                .start(),
                        List.of(lock, socket));
        if (!Waiting.until(() -> Files.exists(socket), server.process, PATIENCE_MILLIS)) {
            server.close();
            throw new IOException(
                    "%s did not serve %s: %s"
                            .formatted(binary, folder, Files.readString(log).strip()));
        }
        return server;
    }

    /** Ends it. */
    void close() throws IOException {
        process.destroyForcibly().onExit().join();
        for (Path file : left) {
            Files.deleteIfExists(file);
        }
    }
}
