package dev.virtq.e2e;

import dev.virtq.device.DeviceType;
import dev.virtq.testing.Prerequisite;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The back ends that the tests know: each is started with its socket in a folder, and a test of one
 * that this computer does not have is skipped, with why.
 */
final class BackEnds {
    private static final Path VIRTIOFSD = Path.of("/usr/lib/qemu/virtiofsd");
    private static final String IMAGE = "localhost/virtq-e2e-virtiofsd";
    private static final String DOCKERFILE =
            """
            FROM debian:trixie-slim
            RUN apt-get update \\
             && apt-get install -y --no-install-recommends virtiofsd \\
             && rm -rf /var/lib/apt/lists/*
            """;

    private BackEnds() {}

    /**
     * DPDK's, as a network device: it counts what it forwards, and says so when it ends. It runs on
     * ordinary pages, and on any two threads of this computer.
     *
     * @param folder where its socket is
     * @param mode what it does with a frame, as in {@code io}: give it back
     */
    static BackEnd testpmd(Path folder, String mode) throws Exception {
        Path socket = folder.resolve("net.sock");
        return BackEnd.start(DeviceType.NETWORK, socket, testpmd(socket, "", mode));
    }

    /**
     * DPDK's, as a network device that connects to a socket of the driver's, and looks once a
     * second whether there is one.
     *
     * @param folder where the socket is
     * @param mode what it does with a frame
     */
    static BackEnd testpmdThatConnects(Path folder, String mode) throws Exception {
        Path socket = folder.resolve("net.sock");
        return BackEnd.startClient(DeviceType.NETWORK, socket, testpmd(socket, ",client=1", mode));
    }

    private static List<String> testpmd(Path socket, String options, String mode)
            throws IOException {
        String anyCore = allowedCores();
        return List.of(
                require("dpdk-testpmd", "dpdk-dev"),
                "--lcores=0@(%s),1@(%s)".formatted(anyCore, anyCore),
                "--no-huge",
                "-m",
                "256",
                "--no-pci",
                "--no-telemetry",
                "--no-shconf", // nothing in /var/run
                "--vdev=net_vhost0,iface=%s,queues=1%s".formatted(socket, options),
                "--",
                "--nb-cores=1",
                "--no-flush-rx", // what is sent before it forwards is not dropped
                "--forward-mode=" + mode,
                "--total-num-mbufs=4096",
                "--auto-start");
    }

    /** QEMU's block device, of a file, without QEMU. */
    static BackEnd storageDaemon(Path folder, Path disk) throws Exception {
        String binary = require("qemu-storage-daemon", "qemu-system-common or qemu-utils");
        Path socket = folder.resolve("blk.sock");
        return BackEnd.start(
                DeviceType.BLOCK,
                socket,
                List.of(
                        binary,
                        "--blockdev",
                        "driver=file,node-name=disk,filename=" + disk,
                        "--export",
                        "type=vhost-user-blk,id=export,node-name=disk,addr.type=unix,addr.path="
                                + socket));
    }

    /** Skips the test when this computer has no virtiofsd that this user can run. */
    static void requireVirtiofsd() throws IOException {
        Prerequisite.VHOST_USER.check(
                Files.isExecutable(VIRTIOFSD),
                "no %s; apt-get install qemu-system-common or virtiofsd".formatted(VIRTIOFSD));
        Prerequisite.VHOST_USER.check(
                !VIRTIOFSD.toRealPath().equals(VIRTIOFSD)
                        || Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0),
                "the virtiofsd of QEMU runs as root only");
    }

    /** The virtiofsd of this computer: QEMU's own in C until 7.2, the one in Rust since. */
    static BackEnd virtiofsd(Path folder, Path share) throws Exception {
        requireVirtiofsd();
        Path socket = folder.resolve("fs.sock");
        if (!VIRTIOFSD.toRealPath().equals(VIRTIOFSD)) {
            return BackEnd.start(
                            DeviceType.FILE_SYSTEM,
                            socket,
                            List.of(
                                    VIRTIOFSD.toString(),
                                    "--socket-path=" + socket,
                                    "--shared-dir=" + share,
                                    "--xattr",
                                    "--sandbox=none"))
                    .leaving(Path.of(socket + ".pid"));
        }
        return BackEnd.start(
                        DeviceType.FILE_SYSTEM,
                        socket,
                        List.of(
                                VIRTIOFSD.toString(),
                                "--socket-path=" + socket,
                                "-o",
                                "source=" + share,
                                "-o",
                                "sandbox=chroot,xattr,posix_lock"))
                .leaving(
                        Path.of(
                                "/var/run/virtiofsd",
                                socket.toString().replace(File.separatorChar, '.') + ".pid"));
    }

    /**
     * The virtiofsd in Rust, in a container, as the user whose test it is: nobody else could open
     * the socket. Memory is shared with it over the socket alone.
     */
    static BackEnd virtiofsdInContainer(Path folder, Path share) throws Exception {
        Machines.require("qemu"); // an engine that answers, with a base image
        docker("build", "-q", "-t", IMAGE, "-");
        Path socket = folder.resolve("container.sock");
        String name = "virtq-e2e-" + ProcessHandle.current().pid();
        return BackEnd.startContainer(
                        DeviceType.FILE_SYSTEM,
                        socket,
                        name,
                        List.of(
                                "docker",
                                "run",
                                "--rm",
                                "--init", // passes signals on
                                "--name=" + name,
                                "--network=none",
                                "--user=%s:%s"
                                        .formatted(
                                                Files.getAttribute(folder, "unix:uid"),
                                                Files.getAttribute(folder, "unix:gid")),
                                "--volume=%s:/socket".formatted(folder),
                                "--volume=%s:/share".formatted(share),
                                IMAGE,
                                "timeout",
                                "-s",
                                "KILL",
                                "120",
                                "/usr/libexec/virtiofsd",
                                "--socket-path=/socket/" + socket.getFileName(),
                                "--shared-dir=/share",
                                "--xattr",
                                "--sandbox=none"),
                        "Waiting for vhost-user socket connection")
                .leaving(Path.of(socket + ".pid"));
    }

    private static void docker(String... arguments) throws Exception {
        ProcessBuilder builder = new ProcessBuilder();
        builder.command().add("docker");
        builder.command().addAll(Arrays.asList(arguments));
        Process docker = builder.redirectErrorStream(true).start();
        try (var stdin = docker.getOutputStream()) {
            stdin.write(DOCKERFILE.getBytes(StandardCharsets.UTF_8));
        }
        String said = new String(docker.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!docker.waitFor(1, TimeUnit.MINUTES) || docker.exitValue() != 0) {
            throw new AssertionError("docker %s: %s".formatted(List.of(arguments), said));
        }
    }

    private static String require(String program, String packages) {
        Optional<Path> found =
                Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                        .map(folder -> Path.of(folder, program))
                        .filter(Files::isExecutable)
                        .findFirst();
        Prerequisite.VHOST_USER.check(
                found.isPresent(),
                "no %s on the PATH; apt-get install %s".formatted(program, packages));
        return found.orElseThrow().toString();
    }

    private static String allowedCores() throws IOException {
        String key = "Cpus_allowed_list:";
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith(key))
                    .map(line -> line.substring(key.length()).strip())
                    .findFirst()
                    .orElse("0");
        }
    }
}
