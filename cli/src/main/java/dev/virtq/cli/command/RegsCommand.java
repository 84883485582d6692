package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Style;
import dev.virtq.cli.console.Table;
import dev.virtq.cli.session.DeviceDrive;
import dev.virtq.cli.session.Session;
import dev.virtq.cli.value.CommandException;
import dev.virtq.device.RegisterGroup;
import dev.virtq.device.RegisterReading;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code regs}: the registers of the transport (virtio 1.4, sections 4.1.4 and 4.2.2). */
@Command(
        name = "regs",
        description = {
            "The registers of the transport, each with its value, what it says, and its section.",
            "What reading would change is left alone."
        })
final class RegsCommand extends SessionCommand {
    RegsCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() {
        DeviceDrive drive = session().drive();
        List<RegisterGroup> groups = drive.transport().readRegisters();
        if (groups.isEmpty()) {
            throw new CommandException(
                    "%s is reached without registers, over %s (expected: a device over pci or mmio)"
                            .formatted(drive.attached().name(), drive.transport().name()));
        }
        return new Registers(drive.attached().name(), drive.transport().name(), groups);
    }

    record Registers(String device, String location, List<RegisterGroup> groups) implements Answer {
        @Override
        public void print(Console console) {
            console.line("%s: registers at %s".formatted(device, location));
            Table table = new Table("", "register", ">value", "meaning", "section");
            for (RegisterGroup group : groups) {
                table.row(
                        new Table.Cell(group.name(), text -> console.styled(Style.STRONG, text)),
                        "",
                        "",
                        "",
                        "");
                for (RegisterReading register : group.registers()) {
                    table.row(
                            "  +0x%02x".formatted(register.offset()),
                            register.name(),
                            value(register),
                            register.meaning(),
                            register.section());
                }
            }
            table.print(console);
        }

        private static String value(RegisterReading register) {
            Long value = register.value();
            String digits = "%0" + 2 * register.bytes() + "x";
            return value == null ? "-" : "0x" + digits.formatted(value);
        }
    }
}
