package dev.virtq.benchmarks.net;

import dev.virtq.benchmarks.ringtest.Cores;
import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.drivers.net.FrameWriter;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.drivers.net.NetOptions;
import dev.virtq.transport.vhostuser.VhostUserMachine;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * Sends, or receives, as fast as it can, on core 0, until its standard input ends. A process of its
 * own, as DPDK's driver is.
 *
 * <pre>{@code NetLoad SOCKET transmit|receive BYTES packed|split in_order|any mrg_rxbuf|single}
 * </pre>
 */
public final class NetLoad {
    private static final int BURST = 32;
    private static final int QUEUE_SIZE = 256;

    /** As long as DPDK's. */
    private static final int MERGEABLE_BYTES = 2048;

    /** In a frame of testpmd's, the type, and where its UDP header has the length. */
    private static final int ETHER_TYPE = 12;

    private static final int UDP_LENGTH = 14 + 20 + 4;
    private static final int HEADERS_BEFORE_UDP = 14 + 20;
    private static final int UDP_BYTES = 8;

    private static final ValueLayout.OfShort BE16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(java.nio.ByteOrder.BIG_ENDIAN);

    private volatile boolean running = true;
    private final int bytes;
    private long wrong;
    private long received;

    private NetLoad(int bytes) {
        this.bytes = bytes;
    }

    /**
     * Runs it.
     *
     * @param arguments as above
     * @throws Exception when the device cannot be driven
     */
    public static void main(String[] arguments) throws Exception {
        FeatureSet refused = FeatureSet.EMPTY;
        if (!arguments[3].equals("packed")) {
            refused = refused.with(CommonFeature.RING_PACKED);
        }
        if (!arguments[4].equals("in_order")) {
            refused = refused.with(CommonFeature.IN_ORDER);
        }
        NetOptions options =
                NetOptions.DEFAULT
                        .withQueue(NetOptions.DEFAULT.queue().withSize(QUEUE_SIZE))
                        .withBuffers(0, QUEUE_SIZE)
                        .refusing(refused);
        if (arguments[5].equals("mrg_rxbuf")) {
            options = options.withMergeableBuffers(MERGEABLE_BYTES);
        }
        NetLoad load = new NetLoad(Integer.parseInt(arguments[2]));
        Thread.ofPlatform().daemon().start(load::stopAtEnd);
        Cores.tieTo(0);
        try (VhostUserMachine machine =
                        VhostUserMachine.of(Path.of(arguments[0]), DeviceType.NETWORK, 64 << 20);
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK), options)) {
            System.out.println("running with " + net.device().acceptedFeatures());
            if (arguments[1].equals("transmit")) {
                load.transmit(net);
            } else {
                load.receive(net);
            }
        }
        System.out.printf("received %d, wrong %d%n", load.received, load.wrong);
    }

    private void stopAtEnd() {
        try {
            while (System.in.read() >= 0) {
                Thread.onSpinWait();
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } finally {
            running = false;
        }
    }

    /** As testpmd does, it writes the headers of each frame, and leaves the rest as it is. */
    private void transmit(NetDevice net) {
        MemorySegment headers = MemorySegment.ofArray(new byte[HEADERS_BEFORE_UDP + UDP_BYTES]);
        FrameWriter writer =
                buffer -> {
                    MemorySegment.copy(headers, 0, buffer, 0, headers.byteSize());
                    return bytes;
                };
        while (running) {
            if (net.sendBurst(writer, BURST) == 0) {
                Thread.onSpinWait();
            }
        }
    }

    private void receive(NetDevice net) {
        while (running) {
            if (net.receiveBurst(this::check, BURST) == 0) {
                Thread.onSpinWait();
            }
        }
    }

    private void check(MemorySegment buffer, int offset, int length) {
        received++;
        if (length != bytes
                || buffer.get(BE16, offset + ETHER_TYPE) != 0x0800
                || buffer.get(BE16, offset + UDP_LENGTH) != bytes - HEADERS_BEFORE_UDP) {
            wrong++;
        }
    }
}
