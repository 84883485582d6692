package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Style;
import dev.virtq.cli.console.Table;
import dev.virtq.cli.session.DeviceDrive;
import dev.virtq.cli.session.Driver;
import dev.virtq.cli.session.Session;
import dev.virtq.device.DeviceStatus;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code status}: the device status field, read now (virtio 1.4, section 2.1). */
@Command(
        name = "status",
        description = "The device status field, read from the device; nothing is changed.")
final class StatusCommand extends SessionCommand {
    StatusCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() {
        DeviceDrive drive = session().drive();
        int status = drive.transport().readStatus();
        return new Status(
                drive.attached().name(),
                drive.driver(),
                status,
                DeviceStatus.decode(status).stream().map(Enum::name).toList());
    }

    record Status(String device, Driver driver, int status, List<String> bits) implements Answer {
        @Override
        public void print(Console console) {
            console.line("%s: status 0x%02x, driven by %s".formatted(device, status, driver));
            Table table = new Table(">bit", "name", "", "meaning");
            for (DeviceStatus bit : DeviceStatus.values()) {
                boolean set = bit.in(status);
                Style style = isTrouble(bit) ? Style.BAD : Style.GOOD;
                table.row(
                        Integer.numberOfTrailingZeros(bit.mask()),
                        bit,
                        new Table.Cell(
                                set ? "set" : "-",
                                text -> set ? console.styled(style, text) : text),
                        meaning(bit));
            }
            table.print(console);
        }

        private static boolean isTrouble(DeviceStatus bit) {
            return bit == DeviceStatus.FAILED || bit == DeviceStatus.DEVICE_NEEDS_RESET;
        }

        private static String meaning(DeviceStatus bit) {
            return switch (bit) {
                case ACKNOWLEDGE -> "a driver has found the device";
                case DRIVER -> "the driver knows how to drive it";
                case DRIVER_OK -> "the driver is ready, the device is live";
                case FEATURES_OK -> "the features are settled";
                case SUSPEND -> "the device is suspended";
                case DEVICE_NEEDS_RESET -> "the device met an error that only 'reset' ends";
                case FAILED -> "the driver has given up";
            };
        }
    }
}
