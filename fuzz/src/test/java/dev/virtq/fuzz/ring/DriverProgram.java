package dev.virtq.fuzz.ring;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.Feature;
import dev.virtq.device.FeatureSet;
import dev.virtq.fuzz.Input;
import dev.virtq.fuzz.Landmarks;
import dev.virtq.fuzz.Must;
import dev.virtq.fuzz.ring.DriverModel.Place;
import dev.virtq.fuzz.ring.DriverModel.Sent;
import dev.virtq.queue.QueueFullException;
import dev.virtq.queue.QueueSnapshot;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.queue.ring.RingRequest;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A driver end that is used as it should be, with a device that keeps the rules for a while and
 * then writes what it likes, wherever the ring is. What must hold, whatever it writes:
 *
 * <ul>
 *   <li>a poll gives a chain that is in flight, once, with no more bytes than it has room for; or
 *       nothing; or throws a {@link DeviceFaultException} that names a clause;
 *   <li>after a fault everything is as it was, and the next poll meets the same fault;
 *   <li>polling, asking and looking write nothing, and nobody ever writes outside the ring, or
 *       where the device writes;
 *   <li>whether the device wants a notification is judged as one would judge it position by
 *       position;
 *   <li>pictures can always be taken;
 *   <li>after a reset everything works again;
 *   <li>as long as the device keeps the rules, the driver gets exactly what was used, in its order.
 * </ul>
 */
public final class DriverProgram {
    private static final int MOST_STEPS = 96;
    private static final List<Feature> OPTIONAL =
            List.of(CommonFeature.INDIRECT_DESC, CommonFeature.EVENT_IDX, CommonFeature.IN_ORDER);

    private final Input input;
    private final DevicePen pen;
    private final FencedMemory memory = new FencedMemory();
    private final FeatureSet accepted;
    private final DriverRing driver;
    private final DriverModel model;
    private final ChainMaker chainMaker;
    private final MemorySegment deviceArea;
    private HonestDevice device;
    private boolean honest = true;

    private DriverProgram(Input input, DevicePen pen, UnaryOperator<DriverRing> planting) {
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
        IndirectUse use = input.pick(List.of(IndirectUse.values()));
        RingRequest request = new RingRequest(0, size, accepted, memory.dma(), use);
        driver = planting.apply(pen.format().createDriverEnd(request));
        model = new DriverModel(size);
        chainMaker = new ChainMaker(input);
        pen.aim(driver.setup(), accepted, memory);
        deviceArea =
                memory.at(driver.setup().deviceArea(), pen.unitsAreSlots() ? 4 : 6 + 8L * size);
        device = honestDevice();
    }

    /** Runs a program against a split ring. */
    public static void split(byte[] bytes, UnaryOperator<DriverRing> planting) {
        new DriverProgram(new Input(bytes), new SplitDevicePen(), planting).run();
    }

    /** Runs a program against a packed ring. */
    public static void packed(byte[] bytes, UnaryOperator<DriverRing> planting) {
        new DriverProgram(new Input(bytes), new PackedDevicePen(), planting).run();
    }

    private void run() {
        for (int i = 0; i < MOST_STEPS && !input.isExhausted(); i++) {
            memory.remember();
            step();
        }
        restart();
        everythingWorksAgain();
    }

    private void step() {
        switch (input.below(18)) {
            case 0 -> reserve();
            case 1 -> stage();
            case 2 -> unstage();
            case 3 -> publish();
            case 4, 5, 6 -> send();
            case 7 -> release();
            case 8 -> limit();
            case 9 -> serve();
            case 10, 11 -> misuse();
            case 12 -> scribble();
            case 13, 14 -> poll();
            case 15 -> judge();
            case 16 -> listen();
            default -> {
                if (input.below(4) == 0) {
                    restart();
                } else {
                    look();
                }
            }
        }
    }

    private void send() {
        reserve();
        memory.remember();
        int more = input.below(4);
        do {
            stage();
        } while (more-- > 0);
        publish();
    }

    private void reserve() {
        ChainMaker.Made made = chainMaker.make();
        Chain chain = made.chain();
        int room = driver.room();
        int id;
        try {
            id = driver.reserve(chain);
        } catch (QueueFullException e) {
            Landmarks.reach("full");
            Must.hold(chain.capacity() > room, "a queue with room was full");
            memory.checkUnchanged("a reservation that failed");
            return;
        } catch (IllegalArgumentException e) {
            Must.hold(chain.capacity() > model.size, "a chain was refused that fits");
            memory.checkUnchanged("a reservation that was refused");
            return;
        }
        Must.hold(id >= 0 && id < model.size && !model.chains.containsKey(id), "a wrong id: " + id);
        boolean indirect = room - driver.room() < chain.capacity();
        if (indirect) {
            Landmarks.reach("indirect table");
        }
        model.chains.put(id, new Sent(chain, made.buffers(), indirect));
        checkWrites("a reservation");
    }

    private void stage() {
        List<Integer> prepared = model.ids(Place.PREPARED);
        if (!prepared.isEmpty()) {
            int id = input.pick(prepared);
            driver.stage(id);
            model.stage(id);
            checkWrites("staging");
        }
    }

    private void unstage() {
        if (!model.staged.isEmpty()) {
            int id = input.pick(model.staged);
            driver.unstage(id);
            model.unstage(id);
            checkWrites("unstaging");
        }
    }

    private void publish() {
        Must.hold(
                driver.publish() == model.staged.size(), "another number of chains was published");
        model.publish(pen.unitsAreSlots());
        Must.hold(driver.inFlight() == model.inFlight.size(), "another number is in flight");
        checkWrites("publishing");
    }

    private void release() {
        List<Integer> prepared = model.ids(Place.PREPARED);
        if (!prepared.isEmpty()) {
            int id = input.pick(prepared);
            driver.release(id);
            model.chains.remove(id);
            checkWrites("a release");
        }
    }

    private void limit() {
        List<Integer> prepared = model.ids(Place.PREPARED);
        if (!prepared.isEmpty()) {
            int id = input.pick(prepared);
            Sent sent = model.chain(id);
            if (chainMaker.limit(sent.chain, sent.buffers)) {
                driver.rewrite(id);
                checkWrites("a new limit");
            }
        }
    }

    private void serve() {
        if (!honest) {
            return;
        }
        int what = input.u8();
        if ((what & 1) != 0) {
            device.take(model);
        }
        if ((what & 2) != 0) {
            device.use(input, model);
        }
        if ((what & 4) != 0) {
            device.publish();
        }
    }

    private void misuse() {
        if (input.below(4) == 0) {
            pen.suppress(input, model); // which a device may do, and does no harm
        } else {
            honest = false;
            pen.use(input, model);
        }
    }

    /** The device has the whole of the memory that the ring is in. */
    private void scribble() {
        honest = false;
        byte[] bytes = input.bytes(input.below(17));
        MemorySegment where =
                input.flag()
                        ? deviceArea
                        : memory.ring.asSlice(0, 16L * model.size + 512); // the ring's parts
        long at = input.below((int) where.byteSize());
        long length = Math.min(bytes.length, where.byteSize() - at);
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, where, at, length);
    }

    private void poll() {
        int inFlight = driver.inFlight();
        int room = driver.room();
        int id;
        try {
            id = driver.poll();
        } catch (DeviceFaultException fault) {
            checkFault(fault, inFlight, room);
            restart();
            return;
        }
        memory.checkUnchanged("a poll");
        if (id == DriverRing.NOTHING) {
            Must.hold(!honest || !device.hasVisible(), "what was used did not come back");
            Must.hold(driver.inFlight() == inFlight, "a chain vanished");
            return;
        }
        Must.hold(model.inFlight.contains(id), "a chain came back that is not in flight", id);
        long length = driver.usedLength();
        long writable = model.chain(id).chain.writableBytes();
        Must.hold(
                length >= 0 && length <= writable,
                "more bytes came back than there is room for",
                length,
                writable);
        boolean assumed = driver.usedLengthIsAssumed();
        Must.hold(!assumed || accepted.contains(CommonFeature.IN_ORDER), "a length was assumed");
        Must.hold(!assumed || length == writable, "another length than all was assumed");
        if (honest) {
            device.check(id, length, assumed);
        }
        Landmarks.reach(assumed ? "batch" : honest ? "honest chain" : "chain of a hostile device");
        Must.hold(driver.inFlight() == inFlight - 1, "another number is in flight");
        model.takeBack(id);
    }

    private void checkFault(DeviceFaultException fault, int inFlight, int room) {
        Must.hold(!honest, "an honest device was blamed", fault);
        Must.hold(fault.clause().startsWith("2."), "no clause of a ring", fault);
        boolean index = fault.evidence().startsWith("used idx"); // the same clause as ids
        Landmarks.reach("fault " + fault.clause() + (index ? ", index" : ""));
        memory.checkUnchanged("a fault");
        Must.hold(
                driver.inFlight() == inFlight && driver.room() == room,
                "a fault changed what is in flight");
        try {
            int id = driver.poll();
            throw new AssertionError("after a fault came chain " + id);
        } catch (DeviceFaultException again) {
            Must.hold(again.clause().equals(fault.clause()), "another fault", again);
        }
        look();
    }

    private void judge() {
        boolean expected =
                model.publishedUnits != model.judgedUnits && pen.wantsNotification(model);
        boolean wanted = driver.deviceWantsNotification();
        Must.hold(wanted == expected, "wanting a notification was judged wrongly", wanted);
        Landmarks.reach(wanted ? "kick wanted" : "kick not wanted");
        model.judgedUnits = model.publishedUnits;
        memory.checkUnchanged("judging");
    }

    private void listen() {
        if (input.flag()) {
            driver.disableNotifications();
        } else {
            boolean used = driver.enableNotifications();
            Must.hold(
                    !honest || used == device.hasVisible(),
                    "whether something was used was said wrongly",
                    used);
        }
        checkWrites("asking for notifications");
    }

    private void look() {
        QueueSnapshot picture = driver.snapshot();
        memory.checkUnchanged("a picture");
        Must.hold(picture.slots().size() == model.size, "another number of slots");
        Must.hold(
                picture.chains().stream()
                        .map(QueueSnapshot.ChainView::id)
                        .sorted()
                        .toList()
                        .equals(List.copyOf(model.chains.keySet())),
                "other chains are in the picture",
                picture.chains());
        Must.hold(picture.anomalies().size() <= 8 * model.size + 8, "too many anomalies");
        Must.hold(!honest || picture.anomalies().isEmpty(), "anomalies", picture.anomalies());
    }

    private void restart() {
        driver.restart();
        model.restart();
        memory.remember(); // a reset clears the device's part, too
        device = honestDevice();
        honest = true;
        Must.hold(driver.inFlight() == 0, "in flight after a reset");
    }

    private void everythingWorksAgain() {
        for (int round = 0; round < 2; round++) {
            model.ids(Place.PREPARED)
                    .forEach(id -> {
                        driver.stage(id);
                        model.stage(id);
                    });
            publish();
            device.serveAll(model);
            memory.remember();
            int left = model.inFlight.size();
            while (left-- > 0) {
                poll();
            }
            Must.hold(model.inFlight.isEmpty(), "chains did not come back", model.inFlight);
        }
        model.chains.keySet().forEach(driver::release);
        Must.hold(driver.room() == model.size, "not all slots are free", driver.room(), model.size);
        memory.remember();
        driver.free();
        memory.checkUnchanged("freeing");
        Must.hold(memory.dma().available() == FencedMemory.RING_BYTES, "memory was lost");
    }

    private HonestDevice honestDevice() {
        return new HonestDevice(
                pen.format().createDeviceEnd(driver.setup(), accepted, memory.dma()),
                accepted.contains(CommonFeature.IN_ORDER));
    }

    /** The driver writes its own parts and nothing else: not the device's, and no buffer. */
    private void checkWrites(String who) {
        memory.checkUnchangedButRing(who, deviceArea);
    }
}
