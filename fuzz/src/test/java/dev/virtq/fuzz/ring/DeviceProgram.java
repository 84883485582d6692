package dev.virtq.fuzz.ring;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.Feature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.fuzz.Input;
import dev.virtq.fuzz.Landmarks;
import dev.virtq.fuzz.Must;
import dev.virtq.fuzz.ring.Expected.Element;
import dev.virtq.fuzz.ring.Expected.Kind;
import dev.virtq.queue.ring.DeviceChain;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.DriverFaultException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A device end whose driver writes what it likes, wherever there is memory. What must hold:
 *
 * <ul>
 *   <li>it takes the chain that other code reads from the same bytes, element by element; or
 *       nothing; or throws a {@link DriverFaultException} where that code finds fault, too;
 *   <li>after a fault it is where it was, and meets the same fault again;
 *   <li>taking and judging write nothing; using writes into the device's part alone; and a chain is
 *       written within its device-writable elements;
 *   <li>no more chains are taken than a ring holds;
 *   <li>whether the driver wants a notification is judged as one would judge it position by
 *       position.
 * </ul>
 */
public final class DeviceProgram {
    private static final int MOST_STEPS = 96;
    private static final List<Feature> OPTIONAL =
            List.of(CommonFeature.INDIRECT_DESC, CommonFeature.EVENT_IDX, CommonFeature.IN_ORDER);

    private final Input input;
    private final DriverPen pen;
    private final FencedMemory memory = new FencedMemory();
    private final FeatureSet accepted;
    private final DeviceRing device;
    private final DeviceModel model;

    private DeviceProgram(Input input, DriverPen pen, UnaryOperator<DeviceRing> planting) {
        this.input = input;
        this.pen = pen;
        FeatureSet features = pen.features();
        for (Feature feature : OPTIONAL) {
            if (pen.format().features().contains(feature) && input.flag()) {
                features = features.with(feature);
            }
        }
        accepted = features;
        int size = pen.size(input);
        QueueSetup setup = pen.setup(size);
        memory.ring.asSlice(0, 32L * size + 64).fill((byte) 0);
        pen.aim(setup, accepted, memory);
        device = planting.apply(pen.format().createDeviceEnd(setup, accepted, memory.dma()));
        model = new DeviceModel(size, accepted.contains(CommonFeature.IN_ORDER));
    }

    /** Runs a program against a split ring. */
    public static void split(byte[] bytes, UnaryOperator<DeviceRing> planting) {
        new DeviceProgram(new Input(bytes), new SplitDriverPen(), planting).run();
    }

    /** Runs a program against a packed ring. */
    public static void packed(byte[] bytes, UnaryOperator<DeviceRing> planting) {
        new DeviceProgram(new Input(bytes), new PackedDriverPen(), planting).run();
    }

    private void run() {
        for (int i = 0; i < MOST_STEPS && !input.isExhausted(); i++) {
            step();
        }
        int taken = 0;
        while (take()) {
            Must.hold(++taken <= model.size, "more chains than the ring has entries");
        }
    }

    private void step() {
        switch (input.below(16)) {
            case 0, 1, 2, 3 -> pen.offer(input);
            case 4 -> DriverPen.table(input, memory);
            case 5 -> scribble();
            case 6 -> pen.suppress(input, model);
            case 7, 8, 9 -> take();
            case 10, 11 -> use();
            case 12 -> publish();
            case 13 -> judge();
            case 14 -> listen();
            default -> fill();
        }
    }

    private void scribble() {
        byte[] bytes = input.bytes(input.below(17));
        MemorySegment where =
                input.flag() ? memory.ring.asSlice(0, 32L * model.size + 64) : memory.data;
        long at = input.below((int) where.byteSize());
        long length = Math.min(bytes.length, where.byteSize() - at);
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, where, at, length);
    }

    /** {@return whether there was a chain} */
    private boolean take() {
        Expected expected = pen.next(model);
        memory.remember();
        boolean taken;
        try {
            taken = device.take();
        } catch (DriverFaultException fault) {
            Must.hold(
                    expected.kind() == Kind.FAULT, "a fault where there is none", fault, expected);
            Landmarks.reach("fault " + clause(fault));
            memory.checkUnchanged("a fault");
            try {
                boolean again = device.take();
                throw new AssertionError("after a fault taking gave " + again);
            } catch (DriverFaultException again) {
                Must.hold(
                        String.valueOf(again.getMessage()).equals(fault.getMessage()),
                        "another fault",
                        again);
            }
            return false;
        }
        memory.checkUnchanged("taking");
        Must.hold(
                taken ? expected.kind() == Kind.CHAIN : expected.kind() == Kind.NOTHING,
                "taking gave something else than there is",
                taken,
                expected);
        if (taken) {
            checkChain(device.chain(), expected);
            model.take(expected.id(), expected.slots());
        }
        return taken;
    }

    private void checkChain(DeviceChain chain, Expected expected) {
        Must.hold(chain.id() == expected.id(), "another chain was taken", chain.id(), expected);
        Must.hold(
                chain.count() == expected.elements().size(), "other elements were taken", expected);
        int readable = 0;
        long readableBytes = 0;
        long writableBytes = 0;
        for (int i = 0; i < chain.count(); i++) {
            Element element = expected.elements().get(i);
            MemorySegment bytes = chain.segment(i);
            Must.hold(
                    bytes.byteSize() == element.length()
                            && bytes.address()
                                    == memory.at(element.address(), element.length()).address(),
                    "an element is another",
                    i,
                    element);
            readable += element.writable() ? 0 : 1;
            readableBytes += element.writable() ? 0 : element.length();
            writableBytes += element.writable() ? element.length() : 0;
        }
        Must.hold(
                chain.readableCount() == readable
                        && chain.readableBytes() == readableBytes
                        && chain.writableBytes() == writableBytes,
                "other counts",
                expected);
        Landmarks.reach(readable > 0 && readable < chain.count() ? "mixed chain" : "chain");
    }

    /** Writes into the chain that was taken last, whatever it points to by now, and reads it. */
    private void fill() {
        DeviceChain chain = device.chain();
        long offset = input.below(64);
        byte[] bytes = new byte[input.below(64)];
        Arrays.fill(bytes, (byte) 0x5a);
        List<MemorySegment> writable = new ArrayList<>();
        for (int i = chain.readableCount(); i < chain.count(); i++) {
            writable.add(chain.segment(i));
        }
        memory.remember();
        long read = chain.read(offset, MemorySegment.ofArray(new byte[bytes.length]));
        long written = chain.write(offset, MemorySegment.ofArray(bytes));
        memory.checkUnchangedBut("filling", writable.toArray(MemorySegment[]::new));
        Must.hold(
                read == within(chain.readableBytes(), offset, bytes.length),
                "another number of bytes was read",
                read);
        Must.hold(
                written == within(chain.writableBytes(), offset, bytes.length),
                "another number of bytes was written",
                written);
    }

    private static long within(long bytes, long offset, long wanted) {
        return Math.max(0, Math.min(wanted, bytes - offset));
    }

    private void use() {
        if (model.held.isEmpty()) {
            return;
        }
        int which = input.below(model.held.size());
        memory.remember();
        device.use(model.held.get(which).id(), input.below(256));
        model.use(which);
        memory.checkUnchangedBut("using", pen.deviceWrites());
    }

    private void publish() {
        memory.remember();
        device.publish();
        model.publishedUnits = model.usedUnits;
        memory.checkUnchangedBut("publishing", pen.deviceWrites());
    }

    private void judge() {
        boolean expected =
                model.publishedUnits != model.judgedUnits && pen.wantsNotification(model);
        memory.remember();
        boolean wanted = device.driverWantsNotification();
        Must.hold(wanted == expected, "wanting a notification was judged wrongly", wanted);
        model.judgedUnits = model.publishedUnits;
        memory.checkUnchanged("judging");
        Landmarks.reach(wanted ? "interrupt wanted" : "interrupt not wanted");
    }

    private void listen() {
        memory.remember();
        if (input.flag()) {
            device.disableNotifications();
        } else {
            boolean more = device.enableNotifications();
            Must.hold(
                    more == (pen.next(model).kind() != Kind.NOTHING),
                    "whether there is something was said wrongly",
                    more);
        }
        memory.checkUnchangedBut("asking for notifications", pen.deviceWrites());
    }

    private static String clause(DriverFaultException fault) {
        String message = String.valueOf(fault.getMessage());
        int at = message.lastIndexOf("(virtio 1.4, ");
        Must.hold(at >= 0 && message.endsWith(")"), "no clause", message);
        return message.substring(at + "(virtio 1.4, ".length(), message.length() - 1);
    }
}
