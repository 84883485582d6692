package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.HexDump;
import dev.virtq.cli.session.DeviceDrive;
import dev.virtq.cli.session.Session;
import dev.virtq.cli.value.ByteCount;
import dev.virtq.cli.value.CommandException;
import dev.virtq.device.DeviceConfig;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code config}: the device-specific configuration space (virtio 1.4, section 2.5), byte by byte,
 * so that it can be looked at for devices that nobody here has a driver for.
 */
@Command(
        name = "config",
        description = "The device-specific configuration space: its bytes, all of one generation.")
final class ConfigCommand extends SessionCommand {
    /** More than any device type has fields; what a transport gives room for may be a page. */
    private static final int SHOWN = 256;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "OFFSET",
            converter = ByteCount.Converter.class,
            description = "Where to begin; 0 if not said.")
    private @Nullable Long offset;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "LEN",
            converter = ByteCount.Converter.class,
            description = "How many bytes; what there is if not said, up to 256.")
    private @Nullable Long length;

    ConfigCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() {
        DeviceDrive drive = session().drive();
        DeviceConfig config = drive.device().config();
        int all = config.length();
        long from = offset == null ? 0 : offset;
        long wanted = length == null ? Math.clamp(all - from, 0, SHOWN) : length;
        if (from > all || wanted > all - from) {
            throw new CommandException(
                    "cannot show %d bytes at offset %d (expected: within the %d bytes of the configuration space of %s)"
                            .formatted(wanted, from, all, drive.attached().name()));
        }
        byte[] bytes = config.bytes((int) from, (int) wanted).toArray(ValueLayout.JAVA_BYTE);
        return new Config(
                drive.attached().name(),
                all,
                config.generation(),
                from,
                HexFormat.of().formatHex(bytes));
    }

    record Config(String device, int length, int generation, long offset, String hex)
            implements Answer {
        @Override
        public void print(Console console) {
            if (length == 0) {
                console.line(device + " has no configuration space, or tells nobody");
                return;
            }
            console.line(
                    "%s: configuration space of %d bytes, generation %d"
                            .formatted(device, length, generation));
            MemorySegment bytes = MemorySegment.ofArray(HexFormat.of().parseHex(hex));
            HexDump.lines(bytes, offset).forEach(line -> console.line("  " + line));
            long end = offset + bytes.byteSize();
            if (end < length) {
                console.line(
                        "  and %d bytes more ('config %d' goes on)".formatted(length - end, end));
            }
        }
    }
}
