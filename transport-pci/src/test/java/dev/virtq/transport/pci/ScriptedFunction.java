package dev.virtq.transport.pci;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.FeatureSet;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.transport.InterruptLine;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.MessageInterrupt.Message;
import dev.virtq.transport.pci.PciBar.Kind;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A PCI function in memory, whose device is a {@link ScriptedVirtio}. */
final class ScriptedFunction implements PciFunction {
    // where honest() puts its capabilities
    static final int MSIX_CAPABILITY = 0x40;
    static final int COMMON_CAPABILITY = 0x4c;
    static final int NOTIFY_CAPABILITY = COMMON_CAPABILITY + 3 * 16;
    static final int ACCESS_CAPABILITY = NOTIFY_CAPABILITY + 20;

    final ScriptedConfigSpace config;
    final ScriptedVirtio device;
    final ScriptedMsix msix;
    final ScriptedConfigAccess access = new ScriptedConfigAccess(this::registers);
    final List<PciBar> bars = new ArrayList<>();
    final Set<Integer> unreachedBars = new TreeSet<>();
    final Map<Integer, ScriptedMessage> messages = new TreeMap<>();
    final DmaMemory memory =
            new DmaMemory(
                    new MemoryMapping(
                            Arena.ofAuto().allocate(1 << 20, 4096),
                            List.of(new Extent(0x4000_0000L, 1 << 20))));
    int messagesAvailable = Integer.MAX_VALUE;
    boolean programsTableItself;
    FeatureSet platform = FeatureSet.EMPTY;
    boolean dead;
    @Nullable Line line; // nobody listens unless a test says so
    Optional<DeviceLostException> lost = Optional.empty();

    private ScriptedFunction(int deviceId, int queueCount, int vectors) {
        config = new ScriptedConfigSpace(0x1af4, deviceId);
        device = new ScriptedVirtio(queueCount, 256);
        msix = new ScriptedMsix(Math.max(vectors, 1), this::deliver);
        bars.add(new PciBar(1, Kind.MEMORY_32, false, 0xc000_0000L, ScriptedMsix.SIZE));
        bars.add(new PciBar(4, Kind.MEMORY_64, true, 0x8_0000_0000L, 0x4000));
    }

    /** A network device without any capability. */
    static ScriptedFunction bare() {
        return new ScriptedFunction(0x1041, 3, 4);
    }

    /** A network device with three queues and four vectors, as QEMU makes it. */
    static ScriptedFunction honest() {
        return honest(3, 4);
    }

    static ScriptedFunction honest(int queueCount, int vectors) {
        ScriptedFunction function = new ScriptedFunction(0x1041, queueCount, vectors);
        function.config.appendMsix(vectors, 1, 0, 1, ScriptedMsix.PENDING);
        function.appendStructures();
        return function;
    }

    static ScriptedFunction withoutMsix() {
        ScriptedFunction function = bare();
        function.appendStructures();
        return function;
    }

    void appendStructures() {
        appendStructure(1, 0x0000, 0x40);
        appendStructure(3, ScriptedVirtio.ISR, 1);
        appendStructure(4, ScriptedVirtio.DEVICE, 64);
        appendStructure(2, ScriptedVirtio.NOTIFY, 0x1000, 4);
        config.appendAccess(access);
    }

    private void appendStructure(int type, int offset, int length, int... words) {
        config.appendVirtio(type, 4, 0, offset, length, words);
        access.addStructure(4, offset, length);
    }

    VirtioPciTransport open() {
        return VirtioPciTransport.open(this);
    }

    /** The device has used a buffer of the queue. */
    void notifyQueue(int queue) {
        send(device.queue(queue).vector, 1);
    }

    /** The device has changed its configuration. */
    void notifyConfig() {
        device.generation = (device.generation + 1) & 0xff;
        send(device.configVector, 2);
    }

    private void send(int vector, int isrBit) {
        int control = config.peek(0x43) << 8;
        boolean enabled = config.peek(0x40) == 0x11 && (control & 0x8000) != 0;
        if (!enabled && !programsTableItself) {
            device.isr |= isrBit;
            if (line != null) {
                line.changed.release();
            }
        } else if (vector != 0xffff && programsTableItself) {
            message(vector).arrive();
        } else if (vector != 0xffff) {
            msix.send(vector, (control & 0x4000) != 0);
        }
    }

    ScriptedMessage message(int vector) {
        ScriptedMessage message = messages.get(vector);
        if (message == null) {
            throw new AssertionError("nobody asked for vector " + vector);
        }
        return message;
    }

    /** A message lands where the transport told the table, if it told it right. */
    private void deliver(long address, int data) {
        for (ScriptedMessage message : messages.values()) {
            if (message.message().equals(Optional.of(new Message(address, data)))) {
                message.arrive();
                return;
            }
        }
        throw new AssertionError("message 0x%x at 0x%x hits nothing".formatted(data, address));
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
        if (unreachedBars.contains(index)) {
            throw new AssertionError("BAR " + index + " is not reached, and was asked for");
        }
        return registers(index);
    }

    @Override
    public boolean reaches(PciBar bar) {
        return bar.kind() != Kind.IO && !unreachedBars.contains(bar.index());
    }

    private RegisterWindow registers(int index) {
        return switch (index) {
            case 1 -> msix;
            case 4 -> device;
            default -> throw new IllegalArgumentException("no BAR " + index);
        };
    }

    @Override
    public Optional<MessageInterrupt> allocateMessage(int vector) {
        if (messages.containsKey(vector)) {
            throw new AssertionError("vector " + vector + " was asked for twice");
        }
        if (messages.size() >= messagesAvailable) {
            return Optional.empty();
        }
        Optional<Message> where =
                programsTableItself
                        ? Optional.empty()
                        : Optional.of(new Message(0x1_0000_0000L + 64L * vector, 7 * vector + 1));
        ScriptedMessage message = new ScriptedMessage(where);
        messages.put(vector, message);
        return Optional.of(message);
    }

    @Override
    public DmaMemory memory() {
        return memory;
    }

    @Override
    public FeatureSet platformFeatures() {
        return platform;
    }

    @Override
    public Optional<DeviceLostException> lost() {
        return lost;
    }

    @Override
    public boolean deviceProvenDead() {
        return dead;
    }

    @Override
    public Optional<InterruptLine> line() {
        return Optional.ofNullable(line);
    }

    /** Up while the device has something to say and may say so, or another one that shares it. */
    final class Line implements InterruptLine {
        final Semaphore changed = new Semaphore(0);
        boolean sharedAndUp;

        @Override
        public int number() {
            return 20;
        }

        @Override
        public long rises() {
            return 3;
        }

        @Override
        public boolean isRaised() {
            boolean pinDisabled = (config.peek(0x05) & 0x04) != 0;
            return sharedAndUp || (device.isr != 0 && !pinDisabled);
        }

        @Override
        public boolean await(long nanos) throws InterruptedException {
            boolean _ = changed.tryAcquire(nanos, TimeUnit.NANOSECONDS);
            return isRaised();
        }
    }
}
