package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.HexDump;
import dev.virtq.cli.session.Session;
import dev.virtq.cli.value.ByteCount;
import dev.virtq.cli.value.CommandException;
import dev.virtq.cli.value.DeviceAddress;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code mem dump}: bytes of the machine's RAM, as the devices see it. */
@Command(name = "dump", description = "Shows bytes of RAM, as the devices see it.")
final class MemDumpCommand extends SessionCommand {
    /** More than anybody reads on a screen, and little enough for one JSON document. */
    private static final long LARGEST = 1 << 20;

    @Parameters(
            index = "0",
            paramLabel = "ADDR",
            converter = DeviceAddress.Converter.class,
            description = "A device address, as in 0x1000.")
    private long address;

    @Parameters(
            index = "1",
            paramLabel = "LEN",
            converter = ByteCount.Converter.class,
            description = "How many bytes, as in 64 or 4K; at most 1M.")
    private long length;

    MemDumpCommand(Session session) {
        super(session);
    }

    @Override
    Answer answer() {
        if (length < 1 || length > LARGEST) {
            throw new CommandException(
                    "cannot dump %d bytes (expected: 1..%d)".formatted(length, LARGEST));
        }
        DmaMemory memory = session().machine().memory();
        MemorySegment bytes =
                memory.at(address, length)
                        .orElseThrow(() ->
                                new CommandException(
                                        "%d bytes at 0x%x are not in RAM (RAM is at: %s)"
                                                .formatted(length, address, ranges(memory))));
        byte[] copy = bytes.toArray(ValueLayout.JAVA_BYTE);
        return new Dump(address, length, HexFormat.of().formatHex(copy));
    }

    private static String ranges(DmaMemory memory) {
        return memory.extents().stream()
                .map(MemDumpCommand::range)
                .collect(Collectors.joining(", "));
    }

    private static String range(Extent extent) {
        return "0x%x..0x%x".formatted(extent.address(), extent.end() - 1);
    }

    record Dump(long address, long length, String hex) implements Answer {
        @Override
        public void print(Console console) {
            MemorySegment bytes = MemorySegment.ofArray(HexFormat.of().parseHex(hex));
            HexDump.lines(bytes, address).forEach(console::line);
        }
    }
}
