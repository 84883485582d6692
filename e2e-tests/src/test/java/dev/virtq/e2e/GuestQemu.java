package dev.virtq.e2e;

import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The QEMU that runs a guest: this computer's, or the one in virtq's own image. */
final class GuestQemu {
    /** Ends it even when this JVM is killed before it could. */
    private static final List<String> WITHIN_ITS_LIFE = List.of("timeout", "-s", "KILL", "330");

    private static final String BINARY = "qemu-system-x86_64";

    private GuestQemu() {}

    /**
     * Runs a guest.
     *
     * @param kind {@code qemu-local}, or {@code qemu} for the one in a container
     * @param folder with the kernel and the initrd
     * @param options how it differs from others
     */
    static Guest run(String kind, Path folder, Guest.Options options) throws Exception {
        if (kind.equals("qemu-local")) {
            Machines.require(kind);
            return Guest.run(with(WITHIN_ITS_LIFE, BINARY), folder.toString(), options, folder);
        }
        String name = "virtq-e2e-guest-" + ProcessHandle.current().pid();
        List<String> docker =
                List.of(
                        "docker",
                        "run",
                        "--rm",
                        "--init", // passes signals on
                        "--interactive",
                        "--name=" + name,
                        "--network=none",
                        "--user=%s:%s"
                                .formatted(
                                        Files.getAttribute(folder, "unix:uid"),
                                        Files.getAttribute(folder, "unix:gid")),
                        "--volume=%s:/guest:ro".formatted(folder),
                        image());
        try {
            return Guest.run(
                    with(with(docker, WITHIN_ITS_LIFE), BINARY), "/guest", options, folder);
        } finally {
            docker("rm", "--force", name); // it is gone already, unless it hung
        }
    }

    /** {@return the image from which the machine {@code qemu} is run, built if it was not there} */
    private static String image() throws Exception {
        try (Machine machine = Machines.require("qemu").start(MachineOptions.DEFAULT)) {
            Matcher container =
                    Pattern.compile("container ([0-9a-f]{4,})").matcher(machine.description());
            if (!container.find()) {
                throw new AssertionError("no container in: " + machine.description());
            }
            return docker("inspect", "--format", "{{.Config.Image}}", container.group(1)).strip();
        }
    }

    private static String docker(String... arguments) throws IOException, InterruptedException {
        Process docker =
                new ProcessBuilder(with(List.of("docker"), arguments))
                        .redirectErrorStream(true)
                        .start();
        String said = new String(docker.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!docker.waitFor(1, TimeUnit.MINUTES)) {
            docker.destroyForcibly();
            throw new AssertionError("docker %s hangs".formatted(List.of(arguments)));
        }
        return said;
    }

    private static List<String> with(List<String> words, String... more) {
        return with(words, List.of(more));
    }

    private static List<String> with(List<String> words, List<String> more) {
        return java.util.stream.Stream.concat(words.stream(), more.stream()).toList();
    }
}
