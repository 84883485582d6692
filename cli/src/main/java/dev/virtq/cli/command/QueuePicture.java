package dev.virtq.cli.command;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Quantity;
import dev.virtq.cli.console.Style;
import dev.virtq.cli.console.Table;
import dev.virtq.queue.QueueSnapshot;
import dev.virtq.queue.QueueSnapshot.ChainView;
import dev.virtq.queue.QueueSnapshot.Element;
import dev.virtq.queue.QueueSnapshot.Indices;
import dev.virtq.queue.QueueSnapshot.NextKick;
import dev.virtq.queue.QueueSnapshot.Owner;
import dev.virtq.queue.QueueSnapshot.Suppression;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A ring, drawn: where it is, how far each side is, who owns which slot, what is in the chains, who
 * wants to be notified, and what a kick would do.
 *
 * @param device the name of its device
 * @param name the standard's name of the queue
 * @param picture the ring
 * @param mostChains how many chains are shown at most
 */
record QueuePicture(
        String device,
        String name,
        @JsonUnwrapped QueueSnapshot picture,
        @JsonIgnore int mostChains)
        implements Answer {
    static final int USUAL_CHAINS = 16;

    private static final int SLOTS_PER_LINE = 64;

    @Override
    public void print(Console console) {
        console.line(
                console.styled(
                        Style.STRONG,
                        "queue %d%s of %s: %s ring, %s"
                                .formatted(
                                        picture.queue(),
                                        name.isEmpty() ? "" : " (" + name + ")",
                                        device,
                                        picture.format(),
                                        Quantity.count(picture.size(), "slot"))));
        printFacts(console);
        console.line("");
        printSlots(console);
        console.line("");
        if (isPacked()) {
            new PackedSlots(picture, mostChains).print(console);
            console.line("");
        }
        printChains(console);
        picture.inferred().forEach(text -> console.line("inferred: " + text));
        picture.anomalies()
                .forEach(text -> console.line(console.styled(Style.BAD, "anomaly: " + text)));
    }

    private void printFacts(Console console) {
        Table facts = new Table("", "");
        facts.row(
                "areas",
                (isPacked()
                                ? "descriptor ring 0x%08x, driver event suppression 0x%08x, device event suppression 0x%08x"
                                : "descriptors 0x%08x, driver 0x%08x, device 0x%08x")
                        .formatted(
                                picture.descriptorArea(),
                                picture.driverArea(),
                                picture.deviceArea()));
        Indices indices = picture.indices();
        facts.row("driver", isPacked() ? PackedSlots.driverSide(indices) : driverSide(indices));
        facts.row("device", isPacked() ? PackedSlots.deviceSide(indices) : deviceSide(indices));
        facts.row("interrupts", "the driver " + wish(picture.usedNotifications()));
        facts.row("kicks", "the device " + wish(picture.availableNotifications()));
        facts.row("next kick", nextKick(picture.nextKick()));
        facts.print(console);
    }

    private static String driverSide(Indices indices) {
        return "available index %d%s%s"
                .formatted(
                        indices.available(),
                        indices.staged().map(staged -> ", staged up to " + staged).orElse(""),
                        indices.taken().map(taken -> ", used taken up to " + taken).orElse(""));
    }

    private static String deviceSide(Indices indices) {
        return "used index " + indices.used();
    }

    private boolean isPacked() {
        return picture.format().equals("packed");
    }

    private static String wish(Suppression suppression) {
        return "%s (%s)"
                .formatted(
                        suppression.enabled()
                                ? "wants one for the next entry"
                                : "wants none for the next entry",
                        suppression.how());
    }

    private static String nextKick(NextKick kick) {
        String found =
                kick.chains() == 0 && kick.staged() == 0
                        ? "the device would find nothing new"
                        : "the device would find " + Quantity.count(kick.chains(), "chain");
        String staged =
                kick.staged() == 0
                        ? ""
                        : ", and %d that %s staged"
                                .formatted(kick.staged(), kick.staged() == 1 ? "is" : "are");
        return "%s%s; it %s"
                .formatted(found, staged, kick.wanted() ? "asked for it" : "did not ask for it");
    }

    /** One character for each slot, 64 to a line. */
    private void printSlots(Console console) {
        List<QueueSnapshot.Slot> slots = picture.slots();
        for (int start = 0; start < slots.size(); start += SLOTS_PER_LINE) {
            StringBuilder strip = new StringBuilder();
            int end = Math.min(start + SLOTS_PER_LINE, slots.size());
            int i = start;
            while (i < end) {
                Owner owner = slots.get(i).owner();
                StringBuilder run = new StringBuilder();
                while (i < end && slots.get(i).owner() == owner) {
                    run.append(Owners.mark(owner));
                    i++;
                }
                strip.append(styled(console, owner, run.toString()));
            }
            console.line("%s%5d  %s".formatted(start == 0 ? "slots " : "      ", start, strip));
        }
        Map<Owner, Long> counts = new EnumMap<>(Owner.class);
        slots.forEach(slot -> counts.merge(slot.owner(), 1L, Long::sum));
        console.line(
                "             "
                        + counts.entrySet().stream()
                                .map(entry ->
                                        "%s %s (%d)"
                                                .formatted(
                                                        Owners.mark(entry.getKey()),
                                                        Owners.name(entry.getKey()),
                                                        entry.getValue()))
                                .collect(Collectors.joining("   ")));
    }

    private void printChains(Console console) {
        if (picture.chains().isEmpty()) {
            console.line("no chains");
            return;
        }
        Table table =
                new Table(
                        isPacked() ? ">buffer id" : ">chain",
                        "owner",
                        ">slot",
                        "device",
                        ">bytes",
                        "address",
                        "");
        picture.chains().stream()
                .sorted(Comparator.comparing(ChainView::owner).reversed()) // what moves comes first
                .limit(mostChains)
                .forEach(chain -> addRows(table, chain, console));
        table.print(console);
        int left = picture.chains().size() - mostChains;
        if (left > 0) {
            console.line(
                    "... and %s (--all shows them)".formatted(Quantity.count(left, "more chain")));
        }
    }

    private static void addRows(Table table, ChainView chain, Console console) {
        boolean first = true;
        for (Element element : chain.elements()) {
            String remark =
                    (chain.indirect() ? "in an indirect table" : "")
                            + (chain.indirect() && chain.usedLength().isPresent() ? ", " : "")
                            + chain.usedLength()
                                    .map(length -> "the device wrote " + length + " B")
                                    .orElse("");
            table.row(
                    first ? chain.id() : "",
                    first
                            ? new Table.Cell(
                                    Owners.name(chain.owner()),
                                    text -> styled(console, chain.owner(), text))
                            : "",
                    element.slot() < 0 ? "-" : element.slot(), // not in the ring yet
                    element.writable() ? "writes" : "reads",
                    element.length(),
                    "0x%08x".formatted(element.address()),
                    first ? remark : "");
            first = false;
        }
    }

    private static String styled(Console console, Owner owner, String text) {
        Style style = Owners.style(owner);
        return style == null ? text : console.styled(style, text);
    }
}
