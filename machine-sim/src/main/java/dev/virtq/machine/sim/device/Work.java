package dev.virtq.machine.sim.device;

import dev.virtq.machine.sim.WorkDone;
import java.util.zip.CRC32;

/** Counts what a test device does. Threads: any. */
final class Work {
    private final CRC32 checksum = new CRC32();
    private long chains;
    private long bytesRead;
    private long bytesWritten;

    synchronized void read(byte[] bytes, int length) {
        checksum.update(bytes, 0, length);
        bytesRead += length;
    }

    synchronized void used(long written) {
        chains++;
        bytesWritten += written;
    }

    synchronized WorkDone done() {
        return new WorkDone(chains, bytesRead, bytesWritten, checksum.getValue());
    }
}
