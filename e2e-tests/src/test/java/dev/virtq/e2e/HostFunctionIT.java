package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.e2e.Guest.Said;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * virtq on a computer's own PCI bus: inside a guest, whose second network device it takes away from
 * the kernel. The guest has Debian's kernel, busybox, and the image that {@code cli/image} makes.
 */
class HostFunctionIT {
    private static final Pattern LIBRARY = Pattern.compile("(/\\S+) \\(0x[0-9a-f]+\\)");

    @TempDir private static Path shared;
    private static GuestLinux linux;

    @TempDir private Path folder;

    @BeforeAll
    static void makesAnImage() throws Exception {
        linux = GuestLinux.require();
        ProcessBuilder builder =
                new ProcessBuilder(
                        Launcher.top().resolve("cli/image").toString(),
                        shared.resolve("virtq").toString());
        builder.environment().put("VIRTQ_BUILD", "never"); // this build has just made it
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        said(builder);
    }

    @ParameterizedTest
    @CsvSource({"qemu-local, split", "qemu-local, packed", "qemu, split", "qemu, packed"})
    void pingsTheGatewayOnAFunctionTakenFromTheKernel(String qemu, String format) throws Exception {
        Guest guest =
                run(
                        qemu,
                        "drive",
                        Guest.Options.device(format.equals("packed") ? ",packed=on" : ""));

        assertThat(guest.said("bound").text())
                .isEqualTo(
                        "virtq: pci 0000:00:03.0 is the kernel's, whose driver virtio-pci has it"
                                + " (expected: no driver; as root: echo 0000:00:03.0 >"
                                + " /sys/bus/pci/devices/0000:00:03.0/driver/unbind)");
        assertThat(guest.said("unbind")).isEqualTo(new Said(0, ""));

        Said ping = guest.said("ping");
        assertThat(ping.status()).as(ping.text()).isZero();
        assertThat(ping.text().lines().filter(line -> line.contains("64 bytes from 10.0.2.2")))
                .hasSize(5);
        assertThat(ping.text())
                .contains("5 packets transmitted, 5 received, 0% packet loss")
                .contains("queue 1 (transmitq1) of net0: %s ring".formatted(format))
                .contains("PCI function 0000:00:03.0 of this computer")
                .contains("32 of 2048 KiB")
                .contains("00:03.0  virtio net  [1af4:1041]")
                .contains("4 vectors, disabled");

        // Nothing is left behind: the device cannot write to memory, which is the kernel's again.
        assertThat(guest.said("bus-master").text()).isEqualTo("03");
        assertThat(guest.said("pages").text()).isEqualTo("32");
        assertThat(guest.said("files").text()).isEmpty();
        assertThat(guest.said("enabled").text()).isEqualTo("0");
        assertThat(guest.said("processes")).isEqualTo(new Said(1, ""));
        assertThat(guest.said("kernel").text()).contains("1 packets received");
        assertThat(guest.said("kernel-again").text()).contains("1 packets received");
    }

    @Test
    void saysWhatIsWrongAndIsGoneWhenItIsKilledOrTheFunctionIs() throws Exception {
        Guest guest = run("qemu-local", "refuse", Guest.Options.device(""));

        String there =
                "(virtio functions here: 0000:00:02.0 net with driver virtio-pci, 0000:00:03.0 net"
                        + " with driver virtio-pci)";
        assertFailed(guest, "nowhere", "there is no PCI function 0000:00:09.0 " + there);
        assertFailed(
                guest, "not-virtio", "pci 0000:00:1f.2 is 8086:2922, not a virtio device " + there);
        assertFailed(
                guest,
                "no-address",
                "'eth1' is no PCI address (expected: [DOMAIN:]BUS:DEVICE.FUNCTION in hex, as in"
                        + " 0000:00:03.0 or 00:03.0)");
        assertFailed(
                guest,
                "no-pages",
                "32 huge pages of 2048 KiB are needed, and 0 are free (expected, as root: echo 32 >"
                        + " /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages; or less"
                        + " memory)");
        assertFailed(
                guest,
                "not-root",
                "the configuration space of pci 0000:00:03.0 is not this user's to write (expected:"
                        + " root)");
        assertFailed(
                guest,
                "twice",
                "pci 0000:00:03.0 is driven by somebody else already (expected: one at a time)");

        assertThat(guest.said("driven").text()).isEqualTo("07");
        assertThat(guest.said("driven-status").text()).isEqualTo("15");
        assertThat(guest.said("driven-pages").text()).isEqualTo("0");
        assertThat(guest.said("watchdog").status()).isZero();
        assertThat(guest.said("killed").text()).isEqualTo("03");
        assertThat(guest.said("killed-status").text()).isEqualTo("0");
        assertThat(guest.said("killed-pages").text()).isEqualTo("32");
        assertThat(guest.said("killed-processes")).isEqualTo(new Said(1, ""));
        assertThat(guest.said("after-kill").text()).contains("0% packet loss");
        assertThat(guest.said("unplugged").text())
                .startsWith("virtq: pci 0000:00:03.0 is gone: ")
                .endsWith("only a new virtq begins anew");
    }

    /** A device that offers ACCESS_PLATFORM goes through the IOMMU, if there is one. */
    @ParameterizedTest
    @CsvSource({"none, false", "translating, true", "identity, false"})
    void drivesADeviceBehindAnIommuOnlyWhenItsAddressesArePhysical(String iommu, boolean refused)
            throws Exception {
        List<String> arguments =
                iommu.equals("none") ? List.of() : List.of("-device", "intel-iommu,intremap=off");
        String kernel = iommu.equals("identity") ? "intel_iommu=on iommu=pt" : "intel_iommu=on";
        Guest guest =
                run(
                        "qemu-local",
                        "addresses",
                        new Guest.Options(",iommu_platform=on", arguments, kernel));

        Said ping = guest.said("ping");
        if (refused) {
            assertThat(ping.status()).isEqualTo(1);
            assertThat(ping.text().lines())
                    .hasSize(2) // one for each command
                    .allMatch(line ->
                            line.startsWith(
                                    "virtq: pci 0000:00:03.0 is behind an IOMMU that translates"));
        } else {
            assertThat(ping.status()).as(ping.text()).isZero();
            assertThat(ping.text())
                    .contains("0% packet loss")
                    .containsPattern("ACCESS_PLATFORM +yes");
        }
    }

    private static void assertFailed(Guest guest, String name, String message) {
        assertThat(guest.said(name)).isEqualTo(new Said(1, "virtq: " + message));
    }

    private Guest run(String qemu, String test, Guest.Options options) throws Exception {
        Files.copy(linux.kernel(), folder.resolve("vmlinuz"));
        try (Initrd initrd = new Initrd(folder.resolve("initrd"))) {
            for (String place : List.of("bin", "dev", "etc", "huge", "proc", "sys", "tmp")) {
                initrd.folder(place);
            }
            initrd.copy("bin/busybox", linux.busybox());
            initrd.copy("modules", linux.modules());
            for (String part : List.of("bin", "conf", "lib")) {
                initrd.copy("opt/virtq/" + part, shared.resolve("virtq").resolve(part));
            }
            for (String library : libraries()) {
                initrd.copy(library.substring(1), Path.of(library));
            }
            initrd.script("init", resource("init")).script("test", resource(test));
        }
        return GuestQemu.run(qemu, folder, options);
    }

    /** {@return the libraries of this computer that the image needs, the loader among them} */
    private static List<String> libraries() throws Exception {
        Path image = shared.resolve("virtq");
        Matcher found =
                LIBRARY.matcher(
                        said(
                                new ProcessBuilder(
                                        "ldd",
                                        image.resolve("bin/java").toString(),
                                        image.resolve("lib/server/libjvm.so").toString())));
        return found.results()
                .map(match -> match.group(1))
                .filter(library -> !Path.of(library).startsWith(image))
                .distinct()
                .toList();
    }

    private static String said(ProcessBuilder builder) throws Exception {
        Process process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
            throw new AssertionError("%s: %s".formatted(builder.command(), said));
        }
        return said;
    }

    private static String resource(String name) throws IOException {
        try (InputStream script = HostFunctionIT.class.getResourceAsStream("guest/" + name)) {
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
