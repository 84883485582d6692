package dev.virtq.fuzz.ring;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.Feature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.fuzz.Input;
import dev.virtq.fuzz.Landmarks;
import dev.virtq.fuzz.Must;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.queue.QueueSnapshot;
import dev.virtq.queue.QueueSnapshot.ChainView;
import dev.virtq.queue.QueueSnapshot.Owner;
import dev.virtq.queue.ring.RingFormat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A picture of a ring that nobody set up: addresses and bytes are anything. What must hold:
 *
 * <ul>
 *   <li>it is drawn whenever the areas are in memory and aligned, and refused otherwise, with an
 *       {@link IllegalArgumentException};
 *   <li>it is bounded: one slot for each entry, no chain twice, no chain longer than the queue, no
 *       more elements than it promises, and a few sentences for each of them;
 *   <li>looking changes nothing, and looking twice shows the same.
 * </ul>
 */
public final class SnapshotProgram {
    private static final long ADDRESS = 0x4000_0000L;
    private static final int BYTES = 32 << 10;
    private static final Pattern CLAUSE = Pattern.compile("(2\\.[0-9.#]+)\\)$");
    private static final int MOST_ELEMENTS = 1 << 17;
    private static final MemorySegment ALL = Arena.global().allocate(BYTES, 4096);
    private static final MemorySegment BEFORE = Arena.global().allocate(BYTES, 4096);
    private static final List<Feature> OPTIONAL =
            List.of(CommonFeature.INDIRECT_DESC, CommonFeature.EVENT_IDX, CommonFeature.IN_ORDER);

    private final Input input;
    private final RingFormat format;
    private final boolean packed;
    private final DmaMemory memory;
    private final int size;

    private SnapshotProgram(Input input, RingFormat format) {
        this.input = input;
        this.format = format;
        packed = format.name().equals("packed");
        ALL.fill((byte) 0);
        memory = new DmaMemory(MemoryMapping.contiguous(ALL, ADDRESS));
        size = size();
    }

    /** Runs a program, whose pictures are drawn by a format. */
    public static void run(byte[] bytes, RingFormat format) {
        new SnapshotProgram(new Input(bytes), format).run();
    }

    private void run() {
        FeatureSet accepted = FeatureSet.EMPTY;
        for (Feature feature : OPTIONAL) {
            accepted = input.flag() ? accepted.with(feature) : accepted;
        }
        QueueSetup setup = setup();
        while (!input.isExhausted()) {
            write();
        }
        BEFORE.copyFrom(ALL);
        QueueSnapshot picture;
        try {
            picture = format.snapshot(0, setup, accepted, memory);
        } catch (IllegalArgumentException e) {
            Must.hold(!isValid(setup), "a ring was refused that is there", e);
            Landmarks.reach("refused");
            return;
        }
        Must.hold(isValid(setup), "a ring was shown that is not there", setup);
        Must.hold(ALL.mismatch(BEFORE) < 0, "looking changed memory");
        check(picture);
        if (size <= 16) {
            Must.hold(
                    format.snapshot(0, setup, accepted, memory).equals(picture),
                    "another picture of the same ring");
        }
    }

    private int size() {
        int shift = input.below(16);
        int any = shift < 12 ? 1 << shift % 6 : shift < 15 ? 1 + input.below(40) : 512;
        return shift == 15 && input.flag() ? 1 + input.below(32768) : any;
    }

    /** Mostly next to each other, at the start; now and then anywhere. */
    private QueueSetup setup() {
        long driverArea = ADDRESS + 16L * size;
        long deviceArea = packed ? driverArea + 4 : (driverArea + 6 + 2L * size + 3) & -4;
        return switch (input.below(16)) {
            case 0 -> new QueueSetup(size, input.i64(), input.i64(), input.i64(), input.i32());
            case 1 -> new QueueSetup(size, near(), near(), near(), input.i32());
            default -> new QueueSetup(size, ADDRESS, driverArea, deviceArea, 0);
        };
    }

    private long near() {
        return input.flag() ? ADDRESS + BYTES - 4L * input.below(64) : ADDRESS + input.u16();
    }

    private boolean isValid(QueueSetup setup) {
        if (packed) {
            return isThere(setup.descriptorArea(), 16L * size, 16)
                    && isThere(setup.driverArea(), 4, 4)
                    && isThere(setup.deviceArea(), 4, 4);
        }
        return Integer.bitCount(size) == 1
                && isThere(setup.descriptorArea(), 16L * size, 16)
                && isThere(setup.driverArea(), 6 + 2L * size, 2)
                && isThere(setup.deviceArea(), 6 + 8L * size, 4);
    }

    private static boolean isThere(long address, long bytes, long alignment) {
        return address >= ADDRESS
                && bytes <= BYTES
                && address <= ADDRESS + BYTES - bytes
                && address % alignment == 0;
    }

    /** A descriptor, once or all along the ring; an index; or just bytes. */
    private void write() {
        switch (input.below(8)) {
            case 0 -> {
                byte[] bytes = input.bytes(input.below(33));
                long at = input.below(BYTES - bytes.length);
                MemorySegment.copy(MemorySegment.ofArray(bytes), 0, ALL, at, bytes.length);
            }
            case 1, 2 -> indices();
            case 3 -> descriptors(0, Math.min(size, BYTES / 16));
            case 4 -> descriptors(BYTES / 32, input.below(64)); // a table, perhaps
            default -> descriptors(input.below(size), 1);
        }
    }

    private void descriptors(int first, int count) {
        long address =
                switch (input.below(4)) {
                    case 0 -> input.i64();
                    case 1 -> ADDRESS + BYTES / 2; // where tables are
                    default -> ADDRESS + input.u16();
                };
        int length = input.flag() ? 16 * input.below(1 + BYTES / 64) : input.i32();
        int low = packed ? input.below(size + 1) : flags();
        int high = packed ? flags() : input.below(size + 1);
        int step = input.below(3);
        for (int i = 0; i < count && first + i < BYTES / 16; i++) {
            long at = 16L * (first + i);
            Little.put64(ALL, at, address);
            Little.put32(ALL, at + 8, length);
            Little.put16(ALL, at + 12, packed ? low + i * step : low);
            Little.put16(ALL, at + 14, packed ? high : high + i * step);
        }
    }

    private int flags() {
        int flags = input.u8();
        int round = packed ? (flags & 8) << 4 | (flags & 16) << 11 : 0; // AVAIL, USED
        return (flags & 7) | round | (flags == 0xff ? input.u16() : 0);
    }

    /** In the split ring, the indices and some entries; in the packed ring the event structures. */
    private void indices() {
        long driverArea = 16L * size;
        if (driverArea + 6 + 12L * size > BYTES) {
            return;
        }
        if (packed) {
            Little.put32(ALL, driverArea + 4L * input.below(2), input.i32());
            return;
        }
        long deviceArea = (driverArea + 6 + 2L * size + 3) & -4;
        int used = input.u16();
        Little.put16(ALL, driverArea + 2, used + input.below(size + 2));
        Little.put16(ALL, deviceArea + 2, used);
        int step = input.below(3);
        int head = input.below(size + 1);
        for (int i = 0; i < size; i++) {
            Little.put16(ALL, driverArea + 4 + 2L * i, head + i * step);
        }
        Little.put32(ALL, deviceArea + 4 + 8L * input.below(size), input.i32());
    }

    private void check(QueueSnapshot picture) {
        Must.hold(picture.size() == size, "another size");
        Must.hold(
                picture.slots().size() == size, "another number of slots", picture.slots().size());
        Set<Integer> ids = new HashSet<>();
        long elements = 0;
        for (ChainView chain : picture.chains()) {
            Must.hold(ids.add(chain.id()), "a chain is there twice", chain.id());
            Must.hold(chain.owner() == Owner.DEVICE, "only a driver knows that", chain.owner());
            Must.hold(chain.elements().size() <= size, "a chain longer than the queue");
            elements += chain.elements().size();
            if (chain.indirect() && !chain.elements().isEmpty()) {
                Landmarks.reach("indirect table");
            }
        }
        Landmarks.reach(ids.isEmpty() ? "no chain" : ids.size() == 1 ? "chain" : "chains");
        Must.hold(picture.chains().size() <= size, "too many chains", picture.chains().size());
        Must.hold(elements <= MOST_ELEMENTS, "too many elements", elements);
        long most = 4 * elements + 4L * size + 8;
        Must.hold(
                picture.anomalies().size() <= most,
                "too many anomalies",
                picture.anomalies().size());
        Must.hold(
                picture.inferred().size() <= 8, "too many conclusions", picture.inferred().size());
        int index = picture.indices().available() | picture.indices().used();
        Must.hold(index >= 0 && index <= 0xffff, "an index that cannot be", index);
        for (String anomaly : picture.anomalies()) {
            Must.hold(
                    anomaly.length() < 200 && anomaly.lines().count() == 1,
                    "not one short line",
                    anomaly);
        }
        picture.anomalies().stream()
                .limit(8)
                .forEach(anomaly -> {
                    Matcher clause = CLAUSE.matcher(anomaly);
                    Landmarks.reach(
                            "anomaly " + (clause.find() ? clause.group(1) : "outside memory"));
                });
    }
}
