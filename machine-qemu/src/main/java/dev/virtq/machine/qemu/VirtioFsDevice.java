package dev.virtq.machine.qemu;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A virtio-fs device (virtio 1.4, section 5.11): a folder of this computer, served by a virtiofsd
 * that runs beside QEMU, with QEMU's user's rights.
 *
 * @param share the folder
 * @param tag the name under which it is found, 36 bytes at most
 */
public record VirtioFsDevice(Path share, String tag) implements QemuDevice {
    private static final int LONGEST_TAG = 36;
    private static final String WITH_SHARE = script();

    /** Refuses what is no folder, and a tag that the device cannot show. */
    public VirtioFsDevice {
        if (!Files.isDirectory(share)) {
            throw new IllegalArgumentException(
                    "a folder is shared, which %s is not".formatted(share));
        }
        share = share.toAbsolutePath().normalize();
        QemuOptions.checkWord("a tag", tag);
        if (tag.getBytes(StandardCharsets.UTF_8).length > LONGEST_TAG) {
            throw new IllegalArgumentException(
                    "the tag '%s' is too long (expected: %d bytes at most)"
                            .formatted(tag, LONGEST_TAG));
        }
    }

    @Override
    public List<String> arguments(int index, DeviceBus bus) {
        throw new IllegalArgumentException(
                "a shared folder cannot be plugged in: who serves it starts before QEMU (expected: a machine that is started with it)");
    }

    @Override
    public List<String> arguments(int index, DeviceBus bus, RunFolder folder) {
        String model = bus == DeviceBus.PCI ? "vhost-user-fs-pci" : "vhost-user-fs-device";
        return List.of(
                "-chardev",
                "socket,id=fs%d,path=%s"
                        .formatted(index, QemuOptions.escape(socket(index, folder))),
                "-device",
                "%s,chardev=fs%d,tag=%s".formatted(model, index, tag));
    }

    @Override
    public List<String> launching(int index, RunFolder folder, List<String> command) {
        List<String> words =
                new ArrayList<>(
                        List.of(
                                "/bin/sh",
                                "-c",
                                WITH_SHARE,
                                "with-share",
                                socket(index, folder).toString(),
                                share.toString()));
        words.addAll(command);
        return words;
    }

    @Override
    public Set<Path> writtenPaths() {
        return Set.of(share);
    }

    private static Path socket(int index, RunFolder folder) {
        return folder.file("fs" + index);
    }

    private static String script() {
        try (InputStream script = VirtioFsDevice.class.getResourceAsStream("with-share.sh")) {
            return new String(
                    Objects.requireNonNull(script, "with-share.sh is missing in the jar")
                            .readAllBytes(),
                    StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
