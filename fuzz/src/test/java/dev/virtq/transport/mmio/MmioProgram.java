package dev.virtq.transport.mmio;

import dev.virtq.device.ConfigSpace;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueConnection;
import dev.virtq.device.QueueSetup;
import dev.virtq.device.SharedMemoryRegion;
import dev.virtq.device.TransferTimeoutException;
import dev.virtq.fuzz.ForwardingWindow;
import dev.virtq.fuzz.Input;
import dev.virtq.fuzz.Landmarks;
import dev.virtq.fuzz.Must;
import dev.virtq.memory.DmaMemory;
import dev.virtq.transport.InterruptLine;
import dev.virtq.transport.RegisterWindow;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A place of the memory map with anything in its registers. What must hold:
 *
 * <ul>
 *   <li>opening works, or throws what it says that it throws, with one line that tells why;
 *   <li>a transport that was opened accesses registers as the table has them ({@link
 *       FuzzedRegisters}), takes no value that it says it does not take, and throws what the
 *       transport's contract has;
 *   <li>all that takes a bounded number of accesses.
 * </ul>
 */
public final class MmioProgram {
    private static final Duration RESET_TIMEOUT = Duration.ofMillis(1);

    private final Input input;

    private MmioProgram(Input input) {
        this.input = input;
    }

    /** Opens a transport, and works with it. */
    public static void run(byte[] bytes) {
        new MmioProgram(new Input(bytes)).open(UnaryOperator.identity());
    }

    /** The same, as it would be if a queue's readiness were not looked at before it is set up. */
    public static void withoutReadyCheck(byte[] bytes) {
        new MmioProgram(new Input(bytes)).open(NeverReadyBefore::new);
    }

    private void open(UnaryOperator<RegisterWindow> way) {
        Slot slot = new Slot(input, way);
        VirtioMmioTransport transport;
        try {
            transport = VirtioMmioTransport.open(slot, RESET_TIMEOUT);
        } catch (IllegalArgumentException e) {
            Must.hold(
                    String.valueOf(e.getMessage()).startsWith("at mmio 0xa003e00 is "),
                    "not a word on the place",
                    e);
            Landmarks.reach("not a modern device");
            return;
        }
        Landmarks.reach("open");
        for (int i = 0; i < 24 && !input.isExhausted(); i++) {
            try {
                step(transport);
            } catch (DeviceFaultException fault) {
                Must.hold(!fault.evidence().isBlank(), "no evidence", fault);
                Landmarks.reach("fault " + fault.clause());
            } catch (DeviceLostException e) {
                Landmarks.reach("lost");
            } catch (TransferTimeoutException e) {
                Landmarks.reach("queue reset is not confirmed");
            }
        }
        transport.close();
    }

    private void step(VirtioMmioTransport transport) {
        switch (input.below(10)) {
            case 0 -> {
                int status = transport.readStatus();
                Must.hold(status >= 0 && status <= 0xff, "not a status", status);
            }
            case 1 -> transport.writeStatus(input.pick(List.of(0, 1, 3, 11, 15)));
            case 2 -> {
                FeatureSet offered = transport.readOfferedFeatures();
                transport.writeAcceptedFeatures(
                        input.flag() ? offered.intersection(transport.servedFeatures()) : offered);
            }
            case 3 -> {
                int count = transport.queueCount();
                Must.hold(count >= 0 && count <= 0xffff, "queues", count);
            }
            case 4 -> {
                int size = transport.maxQueueSize(input.below(5));
                Must.hold(size >= 0 && size <= 32768, "a queue that cannot be", size);
            }
            case 5, 6 -> enable(transport, input.below(5));
            case 7 -> reset(transport, input.below(5));
            case 8 -> config(transport.configSpace());
            default -> regions(transport.sharedMemoryRegions());
        }
    }

    private void enable(VirtioMmioTransport transport, int queue) {
        QueueConnection connection;
        try {
            int size = 1 << input.below(5);
            connection =
                    transport.enableQueue(queue, new QueueSetup(size, 0x1000, 0x2000, 0x3000, 0));
        } catch (IllegalArgumentException | IllegalStateException e) {
            Must.hold(
                    String.valueOf(e.getMessage()).contains("expected: "),
                    "not a word on what was expected",
                    e);
            return; // a queue that is not there, or too small, or enabled already
        }
        Landmarks.reach("queue");
        connection.doorbell().ring(input.u16());
        if (connection.interrupt().poll()) {
            Landmarks.reach("interrupt");
        }
    }

    private static void reset(VirtioMmioTransport transport, int queue) {
        try {
            transport.resetQueue(queue);
            Landmarks.reach("queue reset");
        } catch (UnsupportedOperationException | IllegalStateException e) {
            Must.hold(
                    String.valueOf(e.getMessage()).startsWith("queue "),
                    "not a word on the queue",
                    e);
        }
    }

    private void config(ConfigSpace space) {
        Must.hold(space.length() >= 0, "a negative length", space.length());
        int _ = space.generation();
        if (space.length() >= 4) {
            int at = 4 * input.below(space.length() / 4);
            space.readInt(at);
            space.readByte(at + 3);
            space.writeShort(at + 2, (short) 7);
            Landmarks.reach("device configuration");
        }
    }

    private static void regions(List<SharedMemoryRegion> regions) {
        Must.hold(
                regions.stream().map(SharedMemoryRegion::id).distinct().count() == regions.size(),
                "a region is there twice",
                regions);
        for (SharedMemoryRegion region : regions) {
            Must.hold(region.length() >= 0, "a region of negative length", region);
            Landmarks.reach("shared memory");
        }
    }

    /** A place whose line goes up and down as it likes. */
    private static final class Slot implements MmioSlot {
        private final Input input;
        private final RegisterWindow registers;
        private final boolean listens;
        private final DmaMemory memory = new DmaMemory();

        Slot(Input input, UnaryOperator<RegisterWindow> way) {
            this.input = input;
            listens = input.flag();
            registers = way.apply(new FuzzedRegisters(input));
        }

        @Override
        public long address() {
            return 0xa00_3e00L;
        }

        @Override
        public RegisterWindow registers() {
            return registers;
        }

        @Override
        public Optional<InterruptLine> line() {
            return listens ? Optional.of(new Line()) : Optional.empty();
        }

        @Override
        public DmaMemory memory() {
            return memory;
        }

        @Override
        public Optional<DeviceLostException> lost() {
            return input.below(32) == 31
                    ? Optional.of(new DeviceLostException("gone, says the input"))
                    : Optional.empty();
        }

        private final class Line implements InterruptLine {
            @Override
            public int number() {
                return 0;
            }

            @Override
            public long rises() {
                return 0;
            }

            @Override
            public boolean isRaised() {
                return input.flag();
            }

            @Override
            public boolean await(long nanos) {
                return input.flag();
            }
        }
    }

    /** A way on which QueueReady reads 0 until it has been written to. */
    private static final class NeverReadyBefore extends ForwardingWindow {
        private boolean written;

        NeverReadyBefore(RegisterWindow window) {
            super(window);
        }

        @Override
        public int readInt(long offset) {
            int value = super.readInt(offset);
            return offset == 0x044 && !written ? 0 : value;
        }

        @Override
        public void writeInt(long offset, int value) {
            written |= offset == 0x044;
            super.writeInt(offset, value);
        }
    }
}
