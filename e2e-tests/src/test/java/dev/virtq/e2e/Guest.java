package dev.virtq.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A run of a guest in QEMU, from its start until it turned itself off: what it wrote to its serial
 * line.
 */
final class Guest {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final String OPEN = "<<< ";
    private static final String CLOSE = ">>> ";

    private final String console;
    private final Map<String, Said> said = new LinkedHashMap<>();

    /**
     * What a command in the guest said, and how it ended.
     *
     * @param status its exit status
     * @param text all of it
     */
    record Said(int status, String text) {}

    private Guest(String console) {
        this.console = console;
        String name = null;
        StringBuilder text = new StringBuilder();
        for (String line : console.lines().toList()) {
            if (line.startsWith(OPEN)) {
                name = line.substring(OPEN.length());
                text.setLength(0);
            } else if (name != null && line.startsWith(CLOSE)) {
                int status = Integer.parseInt(line.substring(CLOSE.length()).strip());
                said.put(name, new Said(status, text.toString().strip()));
                name = null;
            } else {
                text.append(line).append('\n');
            }
        }
    }

    /** {@return what was said under a name} */
    Said said(String name) {
        Said found = said.get(name);
        if (found == null) {
            throw new AssertionError(
                    "the guest said nothing under '%s', but:%n%s".formatted(name, console));
        }
        return found;
    }

    /**
     * How it differs from others.
     *
     * @param device more properties of the second network device
     * @param qemu more arguments for QEMU
     * @param kernel more words on the kernel's command line
     */
    record Options(String device, List<String> qemu, String kernel) {
        static Options device(String properties) {
            return new Options(properties, List.of(), "");
        }
    }

    /**
     * Runs one.
     *
     * @param qemu QEMU, or what starts it
     * @param files where the kernel and the initrd are for that QEMU
     * @param options how it differs from others
     * @param folder for what it writes
     */
    static Guest run(List<String> qemu, String files, Options options, Path folder)
            throws IOException, InterruptedException {
        Path log = Files.createTempFile(folder, "console", ".log");
        List<String> words = new ArrayList<>(qemu);
        words.addAll(
                List.of(
                        "-nodefaults",
                        "-no-user-config",
                        "-display",
                        "none",
                        "-no-reboot",
                        "-machine",
                        "q35",
                        "-accel",
                        "tcg",
                        "-smp",
                        "2",
                        "-m",
                        "1G",
                        "-kernel",
                        files + "/vmlinuz",
                        "-initrd",
                        files + "/initrd",
                        "-append",
                        "console=ttyS0 panic=-1 quiet loglevel=4 " + options.kernel,
                        "-serial",
                        "stdio"));
        words.addAll(options.qemu);
        words.addAll(
                List.of(
                        "-netdev",
                        "user,id=first",
                        "-device",
                        "virtio-net-pci,netdev=first,addr=2,disable-legacy=on,romfile=",
                        "-netdev",
                        "user,id=second",
                        "-device",
                        "virtio-net-pci,netdev=second,addr=3,disable-legacy=on,romfile="
                                + options.device));
        Process process =
                new ProcessBuilder(words)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        try {
            process.getOutputStream().close();
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError(
                        "the guest did not end within %d s; it said:%n%s"
                                .formatted(PATIENCE.toSeconds(), read(log)));
            }
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
        return new Guest(read(log));
    }

    private static String read(Path log) throws IOException {
        // The serial line is a terminal: its lines end as one wants it, and have colours.
        return Files.readString(log, StandardCharsets.ISO_8859_1)
                .replace("\r", "")
                .replaceAll("\u001b\\[[0-9;]*m", "");
    }
}
