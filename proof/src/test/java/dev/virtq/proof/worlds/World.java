package dev.virtq.proof.worlds;

import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.RingFormat;
import dev.virtq.queue.ring.RingRequest;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Both ends of a ring, the memory between them and the model of it, as one state that can be
 * written down, read again, and stepped.
 */
final class World {
    static final int DRIVER = 0;
    static final int DEVICE = 1;

    /** Stands for Long.MAX_VALUE in a written state, where it would be long. */
    private static final long NEVER = 1L << 40;

    private static final long DEVICE_ADDRESS = 0x10_0000;

    private final WorldSpec spec;
    private final long nativeStart;
    private final RingLoader loader;
    private final Places places;
    private final SharedMemory memory;
    private final Stepper stepper;
    private final QueueSetup setup;
    private final Operations operations;
    private final Model model;
    private final RingFields[] fields;
    private final boolean[][] isCounter = new boolean[2][];
    private final int baseCounter;
    private final @Nullable PackedReduction reduction;
    private @Nullable PackedReduction used;
    private final FieldNumbers[] numbers;

    /** For each side: its fields when its operation began. */
    private final long[][] start = new long[2][];

    private final int[] operation = new int[2];
    private final Log[] logs = {new Log(), new Log()};
    private final StateWriter writer = new StateWriter();

    /**
     * Builds a world.
     *
     * @param places what earlier explorations of the same world found out, or a new one
     */
    World(WorldSpec spec, MemorySegment bytes, Places places) {
        this.spec = spec;
        this.places = places;
        nativeStart = bytes.address();
        DmaMemory dma = new DmaMemory(MemoryMapping.contiguous(bytes, DEVICE_ADDRESS));
        memory = new SharedMemory(places, spec.detail() == WorldSpec.Detail.COARSE ? 1 : 2);
        stepper = new Stepper(places, memory, spec.detail());
        stepper.install();
        loader = new RingLoader(spec.weakenings());
        RingFormat format = format();
        DriverRing driver =
                format.createDriverEnd(
                        new RingRequest(
                                0,
                                spec.size(),
                                spec.features().union(spec.kind().chosenBy()),
                                dma,
                                spec.indirect()));
        setup = driver.setup();
        Buffers buffers = new Buffers(spec, dma);
        places.name(offset -> name(buffers, DEVICE_ADDRESS + offset));
        int[] ids = new int[spec.chainCount()];
        for (int chain = 0; chain < ids.length; chain++) {
            ids[chain] = driver.reserve(buffers.chain(chain));
        }
        DeviceRing device =
                format.createDeviceEnd(setup, spec.features().union(spec.kind().chosenBy()), dma);
        device.disableNotifications();
        model = new Model(spec);
        operations =
                new Operations(
                        spec,
                        driver,
                        device,
                        stepper,
                        memory,
                        model,
                        buffers,
                        ids,
                        this::overAfter);
        findIndices();
        memory.settle();
        stepper.setUpIsDone();
        fields =
                new RingFields[] {
                    new RingFields(driver, spec.kind()::isScratch),
                    new RingFields(device, spec.kind()::isScratch)
                };
        for (int side = 0; side < 2; side++) {
            start[side] = fields[side].capture();
            isCounter[side] = new boolean[start[side].length];
            for (int i = 0; i < start[side].length; i++) {
                isCounter[side][i] = spec.kind().isCounter(fields[side].names().get(i));
            }
        }
        numbers =
                new FieldNumbers[] {
                    new FieldNumbers(fields[DRIVER].names()),
                    new FieldNumbers(fields[DEVICE].names())
                };
        reduction =
                spec.kind() == PackedKind.PACKED
                        ? new PackedReduction(setup, nativeStart - DEVICE_ADDRESS, memory, places)
                        : null;
        baseCounter = fields[DRIVER].names().indexOf(spec.kind().baseCounter());
    }

    RingLoader loader() {
        return loader;
    }

    boolean isBoundReached() {
        return memory.isBoundReached();
    }

    /** {@return the operations that a side can begin, or the one that it is in} */
    int[] operations(int side) {
        return operation[side] == Operations.NONE
                ? operations.enabled(side)
                : new int[] {operation[side]};
    }

    /**
     * Goes one step on.
     *
     * @param side who
     * @param chosen which of its {@link #operations}
     * @param choice which of the readable values
     * @param trace hears what happens
     * @return among how many values there was a choice
     */
    int step(int side, int chosen, int choice, @Nullable Consumer<String> trace) {
        fields[side].restore(start[side]);
        boolean begins = operation[side] == Operations.NONE;
        operation[side] = chosen;
        stepper.traceTo(trace);
        if (begins) {
            tell(trace, "begins to " + operations.name(side, chosen));
        }
        boolean done;
        try {
            done = stepper.step(side, logs[side], choice, () -> operations.run(side, chosen));
        } catch (Fault | Restart e) {
            throw e;
        } catch (RuntimeException | AssertionError e) {
            throw new Fault("the %s's end throws %s".formatted(SharedMemory.name(side), e), e);
        }
        if (done) {
            start[side] = fields[side].capture();
            operation[side] = Operations.NONE;
            logs[side].clear();
            tell(trace, "has done that");
        }
        if (isBetweenOperations()) {
            model.checkSleepers();
        }
        return stepper.choices();
    }

    private static void tell(@Nullable Consumer<String> trace, String line) {
        if (trace != null) {
            trace.accept(line);
        }
    }

    /** {@return whether neither side is inside an operation} */
    boolean isBetweenOperations() {
        return operation[DRIVER] == Operations.NONE && operation[DEVICE] == Operations.NONE;
    }

    /** {@return whether everything came back, and neither side is inside an operation} */
    boolean isAtRest() {
        return isBetweenOperations() && model.isAllHome();
    }

    byte[] write() {
        used = spec.isReduced() ? reduction : null;
        return writeState();
    }

    /** {@return what {@link #write} writes where states are told apart by the reduction} */
    byte[] writeReduced() {
        used = reduction;
        return writeState();
    }

    private byte[] writeState() {
        writer.clear();
        for (int side = 0; side < 2; side++) {
            spec.kind().tidy(numbers[side].of(start[side]));
        }
        if (used != null) {
            used.turn(
                    numbers[DRIVER].of(start[DRIVER]),
                    numbers[DEVICE].of(start[DEVICE]),
                    spec.detail() == WorldSpec.Detail.EVERY_ACCESS
                            && operation[DRIVER] == Operations.PUBLISH);
        }
        long base = base();
        for (int side = 0; side < 2; side++) {
            for (int i = 0; i < start[side].length; i++) {
                long number = start[side][i];
                writer.put(isCounter[side][i] ? Math.min(number - base, NEVER) : number);
            }
            writer.put(operation[side]);
            if (operation[side] != Operations.NONE) {
                writeLog(logs[side], base);
            }
        }
        model.write(writer);
        memory.write(writer, canonicalFrom(base));
        return writer.toBytes();
    }

    void read(byte[] state) {
        StateReader in = new StateReader(state);
        for (int side = 0; side < 2; side++) {
            for (int i = 0; i < start[side].length; i++) {
                long number = in.next();
                start[side][i] = isCounter[side][i] && number == NEVER ? Long.MAX_VALUE : number;
            }
            operation[side] = in.nextInt();
            logs[side].clear();
            if (operation[side] != Operations.NONE) {
                for (int left = in.nextInt(); left > 0; left--) {
                    logs[side].add(in.nextInt(), in.next());
                }
            }
        }
        model.read(in);
        memory.read(in);
    }

    private void writeLog(Log log, long base) {
        writer.put(log.size());
        for (int i = 0; i < log.size(); i++) {
            int what = log.what(i);
            int place = Stepper.placeOf(what);
            boolean index = Stepper.isLoad(what) && place >= 0 && isIndex(places.offset(place));
            long value = index ? (short) (log.value(i) - base) : log.value(i);
            if (used != null && place >= 0) {
                what = Stepper.at(used.turned(place), what);
                value = Stepper.isLoad(what) ? used.turnValue(place, value) : value;
            }
            writer.put(what);
            writer.put(value);
        }
    }

    private SharedMemory.Canonical canonicalFrom(long base) {
        return new SharedMemory.Canonical() {
            @Override
            public long value(int place, long value) {
                return used != null
                        ? used.forgetting(place, value)
                        : canonical(places.offset(place), value, base);
            }

            @Override
            public int source(int place) {
                return used != null ? used.source(place) : place;
            }
        };
    }

    /** Makes the indices known before the first state is written, which moves them all. */
    private void findIndices() {
        for (int offset = 0; offset < Places.MEMORY_BYTES; offset += 2) {
            if (isIndex(offset)) {
                memory.addPlace(nativeStart + offset, 2);
            }
        }
    }

    /** A multiple of the size, so that positions stay what they are. */
    private long base() {
        if (baseCounter < 0) {
            return 0;
        }
        long counter = start[DRIVER][baseCounter];
        return counter - Math.floorMod(counter, spec.size()) - spec.firstIndex();
    }

    /**
     * An event index stays where it is while the counters go on, until they come to it from below,
     * 65536 later. Before that, one that the other side has gone past is as good as another.
     */
    private long canonical(int offset, long value, long base) {
        if (!isIndex(offset)) {
            return value;
        }
        String judge = spec.kind().judgeOf(setup, spec.features(), DEVICE_ADDRESS + offset);
        long index = value;
        if (!judge.isEmpty()) {
            int side = numbers[DRIVER].has(judge) ? DRIVER : DEVICE;
            long judged = numbers[side].of(start[side]).get(judge);
            index = judged + Math.max(-1, (short) (value - judged));
        }
        return index - base & 0xffff;
    }

    private boolean isIndex(int offset) {
        return spec.kind().isIndex(setup, spec.features(), DEVICE_ADDRESS + offset);
    }

    private void overAfter(boolean take, int position) {
        long address =
                take
                        ? spec.kind().overAfterTake(setup, position)
                        : spec.kind().overAfterPoll(setup, position);
        if (address != 0) {
            int width = take ? 2 : 8;
            memory.kill(memory.place(nativeStart + address - DEVICE_ADDRESS, width));
        }
    }

    private String name(Buffers buffers, long address) {
        String inRing = spec.kind().nameOf(setup, address);
        String name = inRing.isEmpty() ? buffers.nameOf(address) : inRing;
        return name.isEmpty() ? "0x%x".formatted(address) : name;
    }

    private RingFormat format() {
        try {
            return Class.forName(spec.kind().formatClass(), true, loader)
                    .asSubclass(RingFormat.class)
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
