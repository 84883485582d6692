package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.Quantity;
import dev.virtq.cli.session.Session;
import dev.virtq.cli.value.ByteCount;
import dev.virtq.cli.value.CommandException;
import dev.virtq.cli.value.Payload;
import dev.virtq.device.VirtioDevice;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code queue N send}: one chain, made available. */
@Command(
        name = "send",
        description = {
            "Makes one chain of buffers available to the device.",
            "The device is notified if it wants to be; --no-kick leaves that to 'queue N kick'."
        })
final class QueueSendCommand extends SessionCommand {
    private static final long LARGEST_BUFFER = 16 << 20;

    private final QueueCommand target;

    @Option(
            names = {"-r", "--readable"},
            paramLabel = "BYTES",
            converter = Payload.Converter.class,
            description = {
                "A buffer that the device reads: hex:0a0b, text:hello or zero:12.",
                "Give it again for more buffers."
            })
    private List<Payload> readable = new ArrayList<>();

    @Option(
            names = {"-w", "--writable"},
            paramLabel = "LEN",
            converter = ByteCount.Converter.class,
            description = {
                "A buffer that the device writes, of so many bytes, as in 64 or 4K.",
                "Give it again for more buffers."
            })
    private List<Long> writable = new ArrayList<>();

    @Option(names = "--no-kick", description = "Do not notify the device, whatever it wants.")
    private boolean quiet;

    @Option(
            names = "--idempotent",
            description = {
                "The device may act on it more than once:",
                "'reconnect' sends it again where it would be given up."
            })
    private boolean idempotent;

    QueueSendCommand(Session session, QueueCommand target) {
        super(session);
        this.target = target;
    }

    @Override
    Answer answer() {
        checkRequest();
        Virtqueue queue = session().drive().rawQueue(target.queue());
        VirtioDevice device = session().drive().raw();
        List<DmaBuffer> buffers = new ArrayList<>();
        try {
            BufferList list = allocate(device.memory(), buffers);
            TransferToken token = queue.prepare(list);
            buffers.clear(); // the token's from now on
            token.setIdempotent(idempotent);
            long id = submit(token);
            boolean kicked = publish(queue);
            return new Sent(queue.index(), id, readable.size(), writable.size(), kicked, quiet);
        } finally {
            buffers.forEach(DmaBuffer::close);
        }
    }

    private void checkRequest() {
        if (readable.isEmpty() && writable.isEmpty()) {
            throw new CommandException(
                    "there is nothing to send (expected: --readable hex:..., --writable LEN, or both)");
        }
        for (long length : writable) {
            if (length < 1 || length > LARGEST_BUFFER) {
                throw new CommandException(
                        "a writable buffer of %d bytes (expected: 1..%d)"
                                .formatted(length, LARGEST_BUFFER));
            }
        }
    }

    private BufferList allocate(DmaMemory memory, List<DmaBuffer> allocated) {
        List<DmaBuffer> sent = new ArrayList<>();
        List<DmaBuffer> received = new ArrayList<>();
        for (Payload payload : readable) {
            DmaBuffer buffer = memory.allocate(payload.bytes().byteSize());
            allocated.add(buffer);
            buffer.copyFrom(0, payload.bytes());
            sent.add(buffer);
        }
        for (long length : writable) {
            DmaBuffer buffer = memory.allocate(length);
            allocated.add(buffer);
            received.add(buffer);
        }
        return new BufferList(sent, received);
    }

    private boolean publish(Virtqueue queue) {
        if (quiet) {
            queue.publish();
            return false;
        }
        return queue.flush();
    }

    private static long submit(TransferToken token) {
        try {
            return token.submit();
        } catch (RuntimeException e) {
            token.close();
            throw e;
        }
    }

    record Sent(int queue, long id, int readable, int writable, boolean kicked, boolean quiet)
            implements Answer {
        @Override
        public void print(Console console) {
            String kick =
                    kicked
                            ? "the device wanted a kick and got it"
                            : quiet
                                    ? "no kick: 'queue %d kick' gives it".formatted(queue)
                                    : "no kick: the device does not want one now";
            console.line(
                    "sending %d on queue %d: %s to read, %s to write; %s"
                            .formatted(
                                    id,
                                    queue,
                                    Quantity.count(readable, "buffer"),
                                    Quantity.count(writable, "buffer"),
                                    kick));
        }
    }
}
