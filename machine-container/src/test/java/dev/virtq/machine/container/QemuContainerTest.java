package dev.virtq.machine.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.machine.qemu.QemuDevice;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class QemuContainerTest {
    @BeforeAll
    static void needsAnEngine() {
        Docker.require();
    }

    @Test
    void runsAMachine() throws Exception {
        long t0 = System.nanoTime();
        try (QemuContainer container =
                new QemuContainer().withMemory(64L << 20).withDevice(QemuDevice.virtioNet())) {
            container.start();
            System.out.println("started " + (System.nanoTime() - t0) / 1_000_000 + " ms");
            System.out.println(container.machine().qmp().execute("query-status", Map.of()));
            System.out.println(Docker.containersOfThisJvm());
            t0 = System.nanoTime();
        }
        System.out.println("stopped " + (System.nanoTime() - t0) / 1_000_000 + " ms");
        System.out.println(Docker.containersOfThisJvm());
    }
}
