package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.session.Session;
import dev.virtq.device.DeviceType;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.machine.qemu.QemuDevice;
import dev.virtq.machine.qemu.QemuMachine;
import dev.virtq.machine.qemu.VirtioNetDevice;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code device plug net}: one more network device, like the machine's own. */
@Command(
        name = "net",
        description = {
            "Plugs a network device into an empty hot-plug port, with a user network of its own.",
            "It offers what the machine's own network device was told to offer."
        })
final class DevicePlugNetCommand extends SessionCommand {
    /** Behind the address of the machine's own device. */
    private static final int FIRST_ADDRESS = 0x3457;

    @Option(
            names = "--mac",
            paramLabel = "MAC",
            description = "Its address (default: the next one after 52:54:00:12:34:56).")
    private @Nullable String mac;

    private int plugged;

    DevicePlugNetCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() {
        QemuMachine machine = DeviceCommand.machine(session());
        String asked = mac;
        String address = asked == null ? nextAddress() : asked;
        AttachedDevice device = machine.plug(like(machine).withMac(address));
        plugged++;
        session().letGo(device.name()); // of one that had the name before
        return new Plugged(
                device.name(),
                device.type().map(DeviceType::name).orElse(""),
                device.location(),
                address);
    }

    private static VirtioNetDevice like(QemuMachine machine) {
        return machine.commandLine().devices().stream()
                .filter(VirtioNetDevice.class::isInstance)
                .map(VirtioNetDevice.class::cast)
                .findFirst()
                .orElse(QemuDevice.virtioNet());
    }

    /** No two in a session, as long as those are counted that nobody named. */
    private String nextAddress() {
        int last = FIRST_ADDRESS + plugged & 0xffff;
        return "52:54:00:12:%02x:%02x".formatted(last >>> 8, last & 0xff);
    }

    record Plugged(String device, String type, String location, String mac) implements Answer {
        @Override
        public void print(Console console) {
            console.line("%s: %s at %s, address %s".formatted(device, type, location, mac));
        }
    }
}
