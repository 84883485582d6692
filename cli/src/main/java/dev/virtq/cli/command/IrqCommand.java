package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Style;
import dev.virtq.cli.console.Table;
import dev.virtq.cli.session.DeviceDrive;
import dev.virtq.cli.session.Session;
import dev.virtq.cli.value.CommandException;
import dev.virtq.device.InterruptRoute;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code irq}: how the device gets attention, and what has come so far (section 2.3). */
@Command(
        name = "irq",
        description = {
            "How the device interrupts: vectors or lines, how often, what is masked and pending;",
            "and whether something was used without an interrupt."
        })
final class IrqCommand extends SessionCommand {
    IrqCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() {
        DeviceDrive drive = session().drive();
        List<InterruptRoute> routes = drive.transport().interruptRoutes();
        if (routes.isEmpty()) {
            throw new CommandException(
                    "%s has no interrupts that can be looked at, over %s (expected: a device over pci or mmio)"
                            .formatted(drive.attached().name(), drive.transport().name()));
        }
        return new Interrupts(drive.attached().name(), routes, drive.missedInterrupts());
    }

    /**
     * What there is to say.
     *
     * @param device its name
     * @param routes the ways on which it gets attention
     * @param missed for each queue that somebody drives, what was used without an interrupt
     */
    record Interrupts(String device, List<InterruptRoute> routes, List<DeviceDrive.Missed> missed)
            implements Answer {
        @Override
        public void print(Console console) {
            console.line("%s: interrupts".formatted(device));
            Table table = new Table("", ">noticed", "", "", "tells of", "how");
            for (InterruptRoute route : routes) {
                table.row(
                        route.name(),
                        route.count(),
                        route.masked() ? "masked" : "open",
                        route.pending() ? "pending" : "-",
                        route.serves(),
                        route.detail());
            }
            table.print(console);
            for (DeviceDrive.Missed queue : missed) {
                if (queue.times() > 0) {
                    console.line(
                            console.styled(
                                    Style.BAD,
                                    "queue %d: completion seen in the ring, no interrupt came: %d times"
                                            .formatted(queue.queue(), queue.times())));
                }
            }
        }
    }
}
