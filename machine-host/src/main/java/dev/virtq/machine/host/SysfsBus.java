package dev.virtq.machine.host;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The PCI functions of this computer.
 *
 * @param linux which shows them
 */
record SysfsBus(Linux linux) {
    /**
     * Finds a virtio function that no driver of the kernel has.
     *
     * @param address where
     * @return the function
     * @throws IllegalArgumentException when there is none, it is no virtio device, or a driver has
     *     it
     * @throws IOException when sysfs cannot be read
     */
    SysfsFunction free(HostAddress address) throws IOException {
        SysfsFunction function = new SysfsFunction(linux.functions().resolve(address.toString()));
        if (!function.exists()) {
            throw new IllegalArgumentException(
                    "there is no PCI function %s (%s)".formatted(address, virtio()));
        }
        if (function.type().isEmpty()) {
            throw new IllegalArgumentException(
                    "pci %s is %s, not a virtio device (%s)"
                            .formatted(address, function.ids(), virtio()));
        }
        if (function.driver().isPresent()) {
            throw new IllegalArgumentException(
                    "pci %s is the kernel's, whose driver %s has it (expected: no driver; as root: echo %s > %s/driver/unbind)"
                            .formatted(
                                    address, function.driver().get(), address, function.folder()));
        }
        return function;
    }

    /** {@return the virtio functions, by their addresses; none where nothing can be read} */
    List<SysfsFunction> virtioFunctions() throws IOException {
        List<SysfsFunction> found = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(linux.functions())) {
            for (Path folder : folders) {
                SysfsFunction function = new SysfsFunction(folder);
                if (function.type().isPresent()) {
                    found.add(function);
                }
            }
        } catch (NoSuchFileException e) {
            return List.of(); // a computer without PCI, or a function that was unplugged meanwhile
        }
        found.sort(Comparator.comparing(SysfsFunction::name));
        return found;
    }

    private String virtio() throws IOException {
        List<String> found = new ArrayList<>();
        for (SysfsFunction function : virtioFunctions()) {
            found.add(
                    "%s %s%s"
                            .formatted(
                                    function.name(),
                                    function.type().orElseThrow(),
                                    function.driver()
                                            .map(driver -> " with driver " + driver)
                                            .orElse("")));
        }
        return found.isEmpty()
                ? "this computer has no virtio function"
                : "virtio functions here: " + String.join(", ", found);
    }
}
