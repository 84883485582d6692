package dev.virtq.benchmarks.net;

import dev.virtq.benchmarks.Selection;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What the measurements have in common: the device is DPDK's vhost on core 1, the driver has core
 * 0.
 *
 * @param selection what is run
 * @param folder where the socket and whatever else is needed meanwhile lies
 * @param pages what DPDK has its memory from
 * @param distance tells how far the two cores are from each other just now
 */
record Setting(Selection selection, Path folder, Pages pages, CoreDistance distance) {
    /** For the JIT. */
    static final int WARM_UP_SECONDS = 10;

    /** DPDK's driver was compiled before; it only has to find its pace. */
    static final int DPDK_WARM_UP_SECONDS = 2;

    Path socket() {
        return folder.resolve("net.sock");
    }

    /** {@return where the device of DPDK's driver is, when both have one} */
    Path dpdkSocket() {
        return folder.resolve("dpdk.sock");
    }

    /** {@return how far the cores are from each other now; nothing else may be on them} */
    long distanceClass() throws InterruptedException {
        return CoreDistance.classOf(distance.nanos());
    }

    /** {@return a device that has begun to forward in a mode} */
    Testpmd device(Path socket, String mode, int bytes) throws IOException, InterruptedException {
        Testpmd device = Testpmd.device(socket, pages);
        try {
            device.await();
            device.forward(mode, bytes);
            return device;
        } catch (IOException | InterruptedException e) {
            device.close();
            throw e;
        }
    }
}
