package dev.virtq.machine.qemu;

import dev.virtq.device.CommonFeature;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.queue.QueueOptions;

/** The gateway of QEMU's user network, whatever device it is behind. */
final class Gateway {
    private Gateway() {}

    /** Brings a network device up, asks for the gateway's address, and lets go of the device. */
    static void answersThrough(AttachedDevice net) throws InterruptedException {
        try (ArpExchange exchange =
                new ArpExchange(net.open(), QueueOptions.DEFAULT, CommonFeature.EVENT_IDX)) {
            exchange.ask();
        } catch (AssertionError failure) {
            throw new AssertionError("no answer through " + net, failure);
        }
    }
}
