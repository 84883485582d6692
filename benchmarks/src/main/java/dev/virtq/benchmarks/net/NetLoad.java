package dev.virtq.benchmarks.net;

import dev.virtq.benchmarks.ringtest.Cores;
import dev.virtq.device.DeviceType;
import dev.virtq.drivers.net.FrameWriter;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.drivers.net.NetOptions;
import dev.virtq.transport.vhostuser.VhostUserMachine;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends, or receives, as fast as it can, on core 0, until its standard input ends. A process of its
 * own, as DPDK's driver is.
 *
 * <pre>{@code NetLoad SOCKET transmit|receive BYTES [packed] [in_order] [mrg_rxbuf] [--warmup]}
 * </pre>
 *
 * <p>With {@code --warmup} it does the same on a simulated back end in this JVM first.
 */
public final class NetLoad {
    private static final int BURST = 32;
    private static final long MEMORY_BYTES = 64 << 20;
    private static final long WARM_UP_PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(50);
    private static final long WARM_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** In a frame of testpmd's, the type, and where its UDP header has the length. */
    private static final int ETHER_TYPE = 12;

    private static final int UDP_LENGTH = 14 + 20 + 4;
    private static final int HEADERS_BEFORE_UDP = 14 + 20;
    private static final int UDP_BYTES = 8;

    private static final ValueLayout.OfShort BE16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(java.nio.ByteOrder.BIG_ENDIAN);

    private volatile boolean running = true;
    private volatile boolean ended;
    private final int bytes;
    private final boolean transmits;
    private boolean warmingUp;
    private long wrong;
    private long received;

    private NetLoad(int bytes, boolean transmits) {
        this.bytes = bytes;
        this.transmits = transmits;
    }

    /**
     * Runs it.
     *
     * @param arguments as above
     * @throws Exception when the device cannot be driven
     */
    public static void main(String[] arguments) throws Exception {
        List<String> words = List.of(arguments);
        NetOptions options = Ring.named(words.subList(3, words.size())).options();
        NetLoad load = new NetLoad(Integer.parseInt(words.get(2)), words.get(1).equals("transmit"));
        Thread.ofPlatform().daemon().start(load::stopAtEnd);
        Cores.tieTo(0);
        if (words.contains("--warmup")) {
            load.warmUp(options);
        }
        System.out.println("connects"); // from here on the device counts
        try (VhostUserMachine machine = machine(Path.of(words.getFirst()));
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK), options)) {
            System.out.println("running with " + net.device().acceptedFeatures());
            load.drive(net);
        }
        System.out.printf("received %d, wrong %d%n", load.received, load.wrong);
    }

    private static VhostUserMachine machine(Path socket) {
        return VhostUserMachine.of(socket, DeviceType.NETWORK, MEMORY_BYTES);
    }

    /** The same loop, and the same transport below; only the other end is simulated. */
    private void warmUp(NetOptions options) throws IOException, InterruptedException {
        try (SimulatedWire wire = SimulatedWire.open(bytes, !transmits);
                VhostUserMachine machine = machine(wire.socket());
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK), options)) {
            net.send(MemorySegment.ofArray(new byte[bytes])); // it asks for what is received
            Thread.ofPlatform().daemon().start(this::stopWarmUp);
            warmingUp = true;
            drive(net);
            warmingUp = false;
        }
        received = 0;
        wrong = 0;
        running = true;
        if (ended) {
            running = false;
        }
    }

    private void stopWarmUp() {
        LockSupport.parkNanos(WARM_UP_NANOS);
        running = false;
    }

    private void drive(NetDevice net) {
        if (transmits) {
            transmit(net);
        } else {
            receive(net);
        }
    }

    private void stopAtEnd() {
        try {
            while (System.in.read() >= 0) {
                Thread.onSpinWait();
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } finally {
            ended = true;
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
                idle();
            }
        }
    }

    private void receive(NetDevice net) {
        while (running) {
            if (net.receiveBurst(this::check, BURST) == 0) {
                idle();
            }
        }
    }

    /**
     * The simulated back end is slow. If the driver polled it all the time, the compiler would see
     * that polls find nothing, take all that follows for rare, and not inline it: for good.
     */
    private void idle() {
        if (warmingUp) {
            LockSupport.parkNanos(WARM_UP_PAUSE_NANOS);
        } else {
            Thread.onSpinWait();
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
