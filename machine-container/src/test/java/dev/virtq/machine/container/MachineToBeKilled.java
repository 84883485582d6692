package dev.virtq.machine.container;

import dev.virtq.machine.qemu.QemuDevice;
import java.time.Duration;

/** A program of its own, which a test kills. */
final class MachineToBeKilled {
    private MachineToBeKilled() {}

    /**
     * Starts a machine and says so.
     *
     * @param arguments {@code return} to end without closing anything; else it waits to be killed
     */
    public static void main(String... arguments) throws InterruptedException {
        long began = System.nanoTime();
        QemuContainer container = new QemuContainer().withDevice(QemuDevice.virtioNet());
        System.out.println("starting");
        container.start();
        // Twice the first megabyte of what is free, so that the RAM file really occupies memory.
        container.machine().ram().segment().asSlice(16 << 20, 16 << 20).fill((byte) 1);
        System.out.println("ready after " + (System.nanoTime() - began) / 1_000_000 + " ms");
        if (arguments.length == 0) {
            Thread.sleep(Duration.ofMinutes(1));
        }
    }
}
