package dev.virtq.transport.pci;

import dev.virtq.device.DeviceLostException;
import dev.virtq.fuzz.FuzzedWindow;
import dev.virtq.fuzz.Input;
import dev.virtq.memory.DmaMemory;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.PciBar.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** A function whose configuration space and registers are anything. */
final class FuzzedFunction implements PciFunction {
    private final Input input;
    private final RegisterWindow config;
    private final List<PciBar> bars = new ArrayList<>();
    private final Map<Integer, RegisterWindow> windows = new HashMap<>();
    private final Set<Integer> unreached = new HashSet<>();
    private final DmaMemory memory = new DmaMemory();
    private int messages;

    /**
     * Makes a function.
     *
     * @param claim how much larger than they are its BARs are said to be: 1 for the truth
     * @param way how the driver reaches its configuration space
     */
    FuzzedFunction(Input input, int claim, UnaryOperator<RegisterWindow> way) {
        this.input = input;
        messages = input.below(4);
        for (int index = 0; index < 6; index += 2) {
            int character = input.u8();
            if ((character & 7) == 7) {
                continue;
            }
            long size = (character & 0x38) == 0x38 ? 1L << input.below(62) : 1L << 10;
            Kind kind = (character & 0xc0) == 0xc0 ? Kind.IO : Kind.MEMORY_64;
            bars.add(new PciBar(index, kind, false, 0, size * claim));
            windows.put(index, new FuzzedWindow(size, input));
            if ((character & 0xc0) == 0x80) {
                unreached.add(index);
            }
        }
        config = way.apply(new FuzzedConfigSpace(input, windows));
    }

    @Override
    public PciAddress address() {
        return new PciAddress(0, 1, 0);
    }

    @Override
    public RegisterWindow configSpace() {
        return config;
    }

    @Override
    public List<PciBar> bars() {
        return bars;
    }

    @Override
    public RegisterWindow bar(int index) {
        RegisterWindow window = windows.get(index);
        if (window == null || unreached.contains(index)) {
            throw new AssertionError(
                    "BAR %d is not there or not reached, and was asked for".formatted(index));
        }
        return window;
    }

    @Override
    public boolean reaches(PciBar bar) {
        return bar.kind() != Kind.IO && !unreached.contains(bar.index());
    }

    @Override
    public Optional<MessageInterrupt> allocateMessage(int vector) {
        if (vector < 0 || vector > 2047) {
            throw new AssertionError("vector " + vector);
        }
        return messages-- <= 0 ? Optional.empty() : Optional.of(new Message(vector));
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

    /** A place for a message that comes, or not. */
    private final class Message implements MessageInterrupt {
        @Override
        public long count() {
            return 0;
        }

        private final int vector;

        Message(int vector) {
            this.vector = vector;
        }

        @Override
        public Optional<MessageInterrupt.Message> message() {
            return Optional.of(new MessageInterrupt.Message(0x1000L + 4L * vector, vector));
        }

        @Override
        public boolean poll() {
            return input.flag();
        }

        @Override
        public boolean await(long nanos) {
            return input.flag();
        }

        @Override
        public void close() {}
    }
}
