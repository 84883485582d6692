package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Quantity;
import dev.virtq.cli.console.Style;
import dev.virtq.cli.console.Table;
import dev.virtq.queue.QueueSnapshot;
import dev.virtq.queue.QueueSnapshot.Indices;
import dev.virtq.queue.QueueSnapshot.Owner;
import dev.virtq.queue.QueueSnapshot.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The descriptors of a packed ring as they lie in memory (virtio 1.4, section 2.8): there are no
 * indices in it, and whose a descriptor is stands in two flags that are held against wrap counters.
 *
 * @param picture the ring
 * @param most how many slots are shown at most
 */
record PackedSlots(QueueSnapshot picture, int most) {
    private static final int AVAIL = 1 << 7;
    private static final int USED = 1 << 15;

    /** {@return how far the driver is, in words} */
    static String driverSide(Indices indices) {
        return "next available in slot %d, %s%s%s"
                .formatted(
                        indices.available(),
                        wrap(indices, indices.driverWrap()),
                        indices.staged()
                                .filter(staged -> staged != indices.available())
                                .map(staged -> ", staged up to slot " + staged)
                                .orElse(""),
                        indices.taken()
                                .map(taken -> ", used taken up to slot " + taken)
                                .orElse(""));
    }

    /** {@return how far the device is, in words} */
    static String deviceSide(Indices indices) {
        return "next used in slot %d, %s"
                .formatted(indices.used(), wrap(indices, indices.deviceWrap()));
    }

    /** A wrap counter is in its owner's memory alone: a picture from outside can only infer it. */
    private static String wrap(Indices indices, Optional<Boolean> counter) {
        boolean inferred = indices.staged().isEmpty();
        return "wrap counter %s%s"
                .formatted(
                        counter.map(value -> value ? "1" : "0").orElse("unknown"),
                        inferred ? " (inferred)" : "");
    }

    /**
     * Writes down the slots that matter now: those in somebody's hands, and those that are next.
     */
    void print(Console console) {
        List<Slot> shown = new ArrayList<>();
        for (Slot slot : inOrderOfUse()) {
            if (slot.owner() != Owner.FREE || !marks(slot.index()).isEmpty()) {
                shown.add(slot);
            }
        }
        Table table = new Table(">slot", "owner", ">id", ">bytes", "address", "flags", "say", "");
        shown.stream()
                .limit(most)
                .forEach(slot ->
                        table.row(
                                slot.index(),
                                new Table.Cell(
                                        Owners.name(slot.owner()),
                                        text -> styled(console, slot.owner(), text)),
                                slot.next(),
                                slot.length(),
                                "0x%08x".formatted(slot.address()),
                                slot.flagNames().isEmpty() ? "none" : slot.flagNames(),
                                meaning(slot),
                                marks(slot.index())));
        table.print(console);
        int left = shown.size() - most;
        if (left > 0) {
            console.line(
                    "... and %s (--all shows them)".formatted(Quantity.count(left, "more slot")));
        }
    }

    /** From where the driver takes used ones, once around. */
    private List<Slot> inOrderOfUse() {
        int first = picture.indices().taken().orElse(picture.indices().used());
        List<Slot> slots = picture.slots();
        return Stream.concat(slots.stream().skip(first), slots.stream().limit(first)).toList();
    }

    private static String meaning(Slot slot) {
        int flags = slot.flags();
        if (flags == 0 && slot.address() == 0 && slot.length() == 0) {
            return "never written";
        }
        int counter = (flags & AVAIL) != 0 ? 1 : 0;
        boolean available = (flags & AVAIL) != 0 != ((flags & USED) != 0);
        return "%s with wrap counter %d".formatted(available ? "available" : "used", counter);
    }

    private String marks(int slot) {
        Indices indices = picture.indices();
        List<String> marks = new ArrayList<>();
        if (slot == indices.available()) {
            marks.add("the driver makes the next available here");
        }
        if (slot == indices.used()) {
            marks.add("the device uses the next here");
        }
        indices.taken()
                .filter(taken -> taken == slot && taken != indices.used())
                .ifPresent(_ -> marks.add("the driver takes the next used from here"));
        return marks.stream().collect(Collectors.joining("; ", marks.isEmpty() ? "" : "<- ", ""));
    }

    private static String styled(Console console, Owner owner, String text) {
        Style style = Owners.style(owner);
        return style == null ? text : console.styled(style, text);
    }
}
