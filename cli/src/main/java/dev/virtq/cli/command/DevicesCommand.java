package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Table;
import dev.virtq.cli.session.DeviceDrive;
import dev.virtq.cli.session.Driver;
import dev.virtq.cli.session.Session;
import dev.virtq.device.DeviceType;
import dev.virtq.machine.AttachedDevice;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;

/** {@code devices}: what is in the machine. */
@Command(name = "devices", description = "The devices of the machine.")
final class DevicesCommand extends SessionCommand {
    DevicesCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() {
        List<AttachedDevice> devices = session().machine().devices();
        boolean anyVirtio = devices.stream().anyMatch(device -> device.type().isPresent());
        String selected = anyVirtio ? session().device().name() : "";
        return new Devices(devices.stream().map(device -> row(device, selected)).toList());
    }

    private Row row(AttachedDevice device, String selected) {
        return new Row(
                device.name(),
                device.type().map(DeviceType::name),
                device.type().map(DeviceType::id),
                device.location(),
                session().driveOf(device.name()).map(DeviceDrive::driver).orElse(Driver.NOBODY),
                device.name().equals(selected));
    }

    record Devices(List<Row> devices) implements Answer {
        @Override
        public void print(Console console) {
            if (devices.isEmpty()) {
                console.line("The machine has no devices.");
                return;
            }
            Table table = new Table("", "device", "type", "location", "driven by");
            for (Row row : devices) {
                table.row(
                        row.selected ? "*" : "",
                        row.name,
                        row.type.orElse("(not virtio)"),
                        row.location,
                        row.type.isPresent() ? row.driver : "");
            }
            table.print(console);
        }
    }

    record Row(
            String name,
            Optional<String> type,
            Optional<Integer> deviceId,
            String location,
            Driver driver,
            boolean selected) {}
}
