package dev.virtq.proof.worlds;

import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.DeviceChain;
import java.util.ArrayList;
import java.util.List;

/**
 * The buffers of a world's chains, one word of 64 bits each, with contents that tell which chain
 * and which buffer they belong to: what the driver puts in, and what the device does.
 */
final class Buffers {
    private static final int BYTES = 8;

    private final WorldSpec spec;
    private final long[][] deviceAddress;
    private final long[][] nativeAddress;

    Buffers(WorldSpec spec, DmaMemory memory) {
        this.spec = spec;
        deviceAddress = new long[spec.chainCount()][];
        nativeAddress = new long[spec.chainCount()][];
        for (int chain = 0; chain < spec.chainCount(); chain++) {
            deviceAddress[chain] = new long[spec.buffers(chain)];
            nativeAddress[chain] = new long[spec.buffers(chain)];
            for (int buffer = 0; buffer < spec.buffers(chain); buffer++) {
                long address = memory.allocate(BYTES).extents().getFirst().address();
                deviceAddress[chain][buffer] = address;
                nativeAddress[chain][buffer] = memory.at(address, BYTES).orElseThrow().address();
            }
        }
    }

    Chain chain(int chain) {
        List<List<Extent>> extents = new ArrayList<>();
        for (long address : deviceAddress[chain]) {
            extents.add(List.of(new Extent(address, BYTES)));
        }
        return new Chain(extents, spec.readable(chain));
    }

    /** The driver fills what the device shall read. */
    void fill(Stepper stepper, int chain) {
        for (int buffer = 0; buffer < spec.readable(chain); buffer++) {
            stepper.store(nativeAddress[chain][buffer], BYTES, sent(chain, buffer), Order.PLAIN);
        }
    }

    /** {@return the chain whose first buffer the device found} */
    int chainOf(DeviceChain walked) {
        for (int chain = 0; chain < spec.chainCount(); chain++) {
            if (walked.segment(0).address() == nativeAddress[chain][0]) {
                return chain;
            }
        }
        throw new Fault("the device takes a chain that nobody prepared");
    }

    /** The device finds the buffers where the driver said that they are. */
    void checkWalk(int chain, DeviceChain walked) {
        boolean same =
                walked.count() == spec.buffers(chain)
                        && walked.readableCount() == spec.readable(chain);
        for (int buffer = 0; same && buffer < walked.count(); buffer++) {
            same =
                    walked.segment(buffer).address() == nativeAddress[chain][buffer]
                            && walked.segment(buffer).byteSize() == BYTES;
        }
        if (!same) {
            throw new Fault("the device does not find the buffers of chain " + chain);
        }
    }

    /** The device reads what it got, and writes its answer. */
    void serve(Stepper stepper, int chain) {
        for (int buffer = 0; buffer < spec.buffers(chain); buffer++) {
            long address = nativeAddress[chain][buffer];
            if (spec.isWritable(chain, buffer)) {
                stepper.store(address, BYTES, answer(chain, buffer), Order.PLAIN);
            } else {
                check(
                        stepper.load(address, BYTES, Order.PLAIN),
                        sent(chain, buffer),
                        "the device reads",
                        chain);
            }
        }
    }

    /** The driver reads the answer, once. */
    void checkAnswer(Stepper stepper, SharedMemory memory, int chain) {
        for (int buffer = spec.readable(chain); buffer < spec.buffers(chain); buffer++) {
            long address = nativeAddress[chain][buffer];
            long found = stepper.load(address, BYTES, Order.PLAIN);
            check(found, answer(chain, buffer), "the driver gets back", chain);
            stepper.once(() -> memory.kill(memory.place(address, BYTES)));
        }
    }

    String nameOf(long address) {
        for (int chain = 0; chain < spec.chainCount(); chain++) {
            for (int buffer = 0; buffer < spec.buffers(chain); buffer++) {
                if (deviceAddress[chain][buffer] == address) {
                    return "buffer %d of chain %d".formatted(buffer, chain);
                }
            }
        }
        return "";
    }

    private static void check(long found, long expected, String who, int chain) {
        if (found != expected) {
            throw new Fault(
                    "%s 0x%x in chain %d (expected: 0x%x)".formatted(who, found, chain, expected));
        }
    }

    private static long sent(int chain, int buffer) {
        return 0x50 + 4L * chain + buffer;
    }

    private static long answer(int chain, int buffer) {
        return 0xa0 + 4L * chain + buffer;
    }
}
