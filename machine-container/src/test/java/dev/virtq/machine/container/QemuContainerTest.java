package dev.virtq.machine.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceType;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.machine.qemu.QemuCommandLine;
import dev.virtq.machine.qemu.QemuDevice;
import dev.virtq.machine.qemu.QemuException;
import dev.virtq.machine.qemu.QemuMachine;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QemuContainerTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final ValueLayout.OfInt WORD =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @BeforeAll
    static void needsAnEngine() {
        Docker.require();
    }

    @AfterEach
    void leavesNothing() throws Exception {
        assertThat(Docker.containersOfThisJvm()).isEmpty();
        String own = "-" + ProcessHandle.current().pid() + "-";
        try (Stream<Path> files = Files.list(Path.of("/dev/shm"))) {
            assertThat(files.filter(file -> file.toString().contains(own))).isEmpty();
        }
    }

    @Test
    void runsAMachineWhoseRamIsSharedBothWaysAndWhoseDevicesAreFound() {
        try (QemuContainer container =
                new QemuContainer().withMemory(64L << 20).withDevice(QemuDevice.virtioNet())) {
            container.start();
            QemuMachine machine = container.machine();

            assertThat(machine.kind()).isEqualTo("qemu");
            assertThat(machine.description())
                    .startsWith("QEMU ")
                    .endsWith("in container " + container.getContainerId().substring(0, 12));
            assertThat(machine.qmp().execute("query-status", Map.of()).get("running").asBoolean())
                    .isTrue();

            MemorySegment ram = machine.ram().segment();
            assertThat(ram.byteSize()).isEqualTo(64L << 20);
            ram.set(WORD, 0x200000, 0x12345678);
            assertThat(machine.qmp().monitor("xp /1wx 0x200000")).contains("0x12345678");
            machine.qtest().writel(0x200004, 0x89abcdef);
            assertThat(ram.get(WORD, 0x200004)).isEqualTo(0x89abcdef);

            assertThat(machine.devices().stream().map(AttachedDevice::type))
                    .contains(Optional.of(DeviceType.NETWORK));
        }
    }

    @Test
    void confinesQemu() throws Exception {
        try (QemuContainer container = new QemuContainer().withMemory(64L << 20)) {
            container.start();
            String id = container.getContainerId();
            assertThat(
                            Docker.run(
                                            "docker",
                                            "inspect",
                                            "--format",
                                            "{{.HostConfig.NetworkMode}} {{.HostConfig.CapDrop}}"
                                                    + " {{.HostConfig.SecurityOpt}}"
                                                    + " {{.HostConfig.ReadonlyRootfs}}"
                                                    + " {{.HostConfig.AutoRemove}}"
                                                    + " {{.HostConfig.Memory}}"
                                                    + " {{.HostConfig.PidsLimit}}",
                                            id)
                                    .strip())
                    .isEqualTo("none [ALL] [no-new-privileges] true true 603979776 128");

            checkConfined(status(id, "qemu-system"));
        }
    }

    @Test
    void servesAFolderAsTheUserOfThisJvmAndConfinesQemuAllTheSame(@TempDir Path share)
            throws Exception {
        try (QemuContainer container =
                new QemuContainer().withMemory(64L << 20).withDevice(QemuDevice.virtioFs(share))) {
            container.start();
            String id = container.getContainerId();
            checkConfined(status(id, "qemu-system"));
            Object own = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
            assertThat(status(id, "virtiofsd"))
                    .contains("NoNewPrivs:\t1", "Seccomp:\t2")
                    .anyMatch(line -> line.startsWith("Uid:\t" + own + "\t"));
        }
    }

    private static void checkConfined(List<String> status) {
        assertThat(status)
                .contains("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000")
                .contains("NoNewPrivs:\t1", "Seccomp:\t2")
                .anyMatch(line -> line.startsWith("Uid:") && !line.startsWith("Uid:\t0"));
    }

    /** {@return what the kernel says about a process, and not what the engine was asked for} */
    private static List<String> status(String id, String command) throws Exception {
        long pid =
                Docker.run("docker", "top", id, "-eo", "pid,comm")
                        .lines()
                        .map(String::strip)
                        .filter(line -> line.contains(command))
                        .mapToLong(line -> Long.parseLong(line.substring(0, line.indexOf(' '))))
                        .findFirst()
                        .orElseThrow();
        return Files.readAllLines(Path.of("/proc/" + pid + "/status"));
    }

    @Test
    void twoMachinesRunAtOnceAndShareNothing() {
        try (QemuContainer one = new QemuContainer().withMemory(32L << 20);
                QemuContainer other = new QemuContainer().withMemory(32L << 20)) {
            one.start();
            other.start();
            one.machine().ram().segment().set(WORD, 0x200000, 1);
            other.machine().ram().segment().set(WORD, 0x200000, 2);
            assertThat(one.machine().qmp().monitor("xp /1wx 0x200000")).contains("0x00000001");
            assertThat(other.machine().qmp().monitor("xp /1wx 0x200000")).contains("0x00000002");
            one.stop();
            assertThat(other.machine().qmp().monitor("xp /1wx 0x200000")).contains("0x00000002");
        }
    }

    @Test
    void isStartedAgainAfterItsMachineWasClosed() throws Exception {
        try (QemuContainer container = new QemuContainer().withMemory(32L << 20)) {
            container.start();
            QemuMachine first = container.machine();
            first.close();
            assertThat(first.provenDead()).isTrue();
            assertThat(Docker.containersOfThisJvm()).isEmpty();
            assertThatThrownBy(container::machine)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the container does not run: start it first");

            container.start();
            assertThat(container.machine()).isNotSameAs(first);
            assertThat(container.machine().lost()).isEmpty();
        }
    }

    @Test
    void endsAQemuThatHangs() throws Exception {
        try (QemuContainer container = new QemuContainer().withMemory(32L << 20)) {
            container.start();
            QemuMachine machine = container.machine();
            Docker.run("docker", "pause", container.getContainerId());
            long began = System.nanoTime();
            container.stop();
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(SOON);
            assertThat(machine.provenDead()).isTrue();
        }
    }

    @Test
    void noticesThatSomebodyElseRemovedTheContainer() throws Exception {
        try (QemuContainer container = new QemuContainer().withMemory(32L << 20)) {
            container.start();
            QemuMachine machine = container.machine();
            Docker.run("docker", "rm", "--force", container.getContainerId());
            long began = System.nanoTime();
            while (machine.lost().isEmpty()
                    && System.nanoTime() - began < Duration.ofSeconds(1).toNanos()) {
                Thread.sleep(5);
            }
            assertThat(machine.lost()).isPresent();
            assertThat(machine.provenDead()).isTrue();
        }
    }

    @Test
    void keepsNoThreadOfAMachineThatIsGone() throws Exception {
        try (QemuContainer container = new QemuContainer().withMemory(32L << 20)) {
            container.start();
            container.stop();
            int before = threads();
            for (int round = 0; round < 5; round++) {
                container.start();
                container.stop();
            }
            long deadline = System.nanoTime() + SOON.toNanos();
            while (threads() > before + 2 && System.nanoTime() < deadline) {
                Thread.sleep(10);
            }
            // Two may belong to the connections that Testcontainers keeps.
            assertThat(threads()).isLessThanOrEqualTo(before + 2);
        }
    }

    private static int threads() {
        return Thread.getAllStackTraces().size();
    }

    @Test
    void showsWhatQemuSaysWhenItDoesNotStart() {
        try (QemuContainer container =
                new QemuContainer().withQemuArguments("-device", "no-such-device")) {
            assertThatThrownBy(container::start)
                    .isInstanceOf(QemuException.class)
                    .message()
                    .contains("qemu-system-x86_64", "exited with status 1")
                    .contains("'no-such-device' is not a valid device model name")
                    .hasLineCount(1);
        }
    }

    @Test
    void saysWhenAnImageHasNoQemu() {
        QemuCommandLine line = QemuCommandLine.DEFAULT.withBinary("qemu-system-nothing");
        long began = System.nanoTime();
        try (QemuContainer container = new QemuContainer().withCommandLine(line)) {
            assertThatThrownBy(container::start)
                    .isInstanceOf(QemuException.class)
                    .message()
                    .contains("qemu-system-nothing", "could not be run (is it in the image?)")
                    .hasLineCount(1);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(SOON);
    }

    @Test
    void saysWhenAnImageIsNotToBeHad() {
        try (QemuContainer container = new QemuContainer("localhost:1/no-such-image:1")) {
            assertThatThrownBy(container::start)
                    .isInstanceOf(QemuException.class)
                    .message()
                    .contains("localhost:1/no-such-image:1", "cannot be pulled")
                    .hasLineCount(1);
        }
    }

    @Test
    void refusesWhatIsNoImageName() {
        assertThatThrownBy(() -> new QemuContainer("Not An Image"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "a container image is named as in registry/name:tag, got 'Not An Image'");
    }

    @Test
    void saysHowABuildOfTheImageFailed() {
        BuiltImage broken =
                new BuiltImage(
                        "FROM "
                                + BuiltImage.DEFAULT.name()
                                + "\nRUN echo 'out of luck' && exit 7\n");
        try (QemuContainer container = new QemuContainer(broken)) {
            assertThatThrownBy(container::start)
                    .isInstanceOf(QemuException.class)
                    .message()
                    .contains(broken.name(), "cannot be built", "non-zero code: 7", "out of luck")
                    .hasLineCount(1);
        }
    }
}
