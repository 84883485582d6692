package dev.virtq.benchmarks.net;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.drivers.net.NetOptions;
import java.util.ArrayList;
import java.util.List;

/**
 * What the rings of a network device are like.
 *
 * @param packed whether packed
 * @param inOrder whether the device uses buffers in order
 * @param mergeable whether a frame may lie in several receive buffers
 */
record Ring(boolean packed, boolean inOrder, boolean mergeable) {
    static final int SIZE = 256;

    /** As long as DPDK's. */
    private static final int MERGEABLE_BYTES = 2048;

    /** {@return all there are; the first half with receive buffers of one frame each} */
    static List<Ring> all() {
        List<Ring> all = new ArrayList<>();
        for (int kind = 0; kind < 8; kind++) {
            all.add(new Ring((kind & 1) != 0, (kind & 2) != 0, (kind & 4) != 0));
        }
        return all;
    }

    /** {@return the one of a name, in one argument or in several} */
    static Ring named(List<String> arguments) {
        List<String> words = List.of(String.join(" ", arguments).split(" "));
        return new Ring(
                words.contains("packed"), words.contains("in_order"), words.contains("mrg_rxbuf"));
    }

    /** {@return as in {@code packed in_order mrg_rxbuf}} */
    String name() {
        return (packed ? "packed" : "split")
                + (inOrder ? " in_order" : "")
                + (mergeable ? " mrg_rxbuf" : "");
    }

    /** {@return how our driver brings such a device up, with as many buffers as DPDK's} */
    NetOptions options() {
        FeatureSet refused = FeatureSet.EMPTY;
        if (!packed) {
            refused = refused.with(CommonFeature.RING_PACKED);
        }
        if (!inOrder) {
            refused = refused.with(CommonFeature.IN_ORDER);
        }
        return NetOptions.DEFAULT
                .withQueue(NetOptions.DEFAULT.queue().withSize(SIZE))
                .withBuffers(0, SIZE)
                .withMergeableBuffers(mergeable ? MERGEABLE_BYTES : 0)
                .refusing(refused);
    }

    /** {@return what DPDK's driver is told} */
    String deviceArguments() {
        return "packed_vq=%d,in_order=%d,mrg_rxbuf=%d"
                .formatted(packed ? 1 : 0, inOrder ? 1 : 0, mergeable ? 1 : 0);
    }
}
