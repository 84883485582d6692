package dev.virtq.machine.qemu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * QEMU's qtest protocol over a unix socket: plays the CPU of a machine whose own CPU only halts.
 *
 * <p>Register accesses are named as in the protocol: {@code b}, {@code w}, {@code l}, {@code q} for
 * 8, 16, 32 and 64 bits, at an address in guest physical memory. Values are in the machine's own
 * order, so a register that the standard calls little-endian is read as a plain number on x86.
 *
 * <p>A {@code post…} sends its write and does not wait: that is what a doorbell wants. At most
 * {@value QtestLink#MAX_OUTSTANDING} answers are open at a time; a write that QEMU refused surfaces
 * as an exception of a later call. Writes and reads take effect in the order of the calls.
 *
 * <p>QEMU aborts on a command that it cannot parse, so every argument is checked here first ({@link
 * IllegalArgumentException}). Every wait has an end. Any thread may call; a lock keeps commands
 * apart.
 */
public final class QtestClient implements AutoCloseable {

    private final QtestInterrupts interrupts = new QtestInterrupts();
    private final QtestLine line = new QtestLine(2 * QtestMemory.CHUNK);
    private final QtestLink link;
    private final QtestMemory memory;
    private final QtestPorts ports;

    private QtestClient(UnixSocket socket, Duration timeout) {
        link = new QtestLink(socket, timeout.toNanos(), interrupts);
        memory = new QtestMemory(link, line);
        ports = new QtestPorts(this, link, line);
        // In the list for good, so that a report that another thread reads wakes who waits for it.
        Registration _ = interrupts.onChange((number, raised) -> link.listeners().wakeAll());
    }

    /**
     * Connects, and makes sure that QEMU answers and that its machine is little-endian.
     *
     * @param path the socket that QEMU was given with {@code -qtest}
     * @param timeout the limit for the connection and for each command
     * @return a client that is ready
     * @throws QemuException when nobody listens, or QEMU does not answer, since it serves one
     *     client at a time
     */
    public static QtestClient connect(Path path, Duration timeout) {
        UnixSocket socket;
        try {
            socket = UnixSocket.connect(path, timeout);
        } catch (IOException failure) {
            throw new QemuException(
                    "no qtest at %s: %s".formatted(path, failure.getMessage()), failure);
        }
        QtestClient client = new QtestClient(socket, timeout);
        try {
            String order = client.endianness();
            if (!order.equals("little")) {
                throw new QemuException(
                        "the machine at %s is '%s'-endian; only little-endian ones are supported"
                                .formatted(path, order));
            }
            return client;
        } catch (RuntimeException failure) {
            client.close();
            throw failure;
        }
    }

    /** {@return {@code little} or {@code big}: the byte order of the machine} */
    public String endianness() {
        link.enter();
        try {
            return new String(
                    link.exchange(line.start(QtestVerb.ENDIANNESS)).payload(),
                    StandardCharsets.US_ASCII);
        } finally {
            link.leave();
        }
    }

    /**
     * Reads 8 bits.
     *
     * @param address a guest physical address
     * @return the value, 0 to 0xff
     */
    public int readb(long address) {
        return (int) read(QtestVerb.READB, address, 1);
    }

    /**
     * Reads 16 bits.
     *
     * @param address a guest physical address
     * @return the value, 0 to 0xffff
     */
    public int readw(long address) {
        return (int) read(QtestVerb.READW, address, 2);
    }

    /**
     * Reads 32 bits.
     *
     * @param address a guest physical address
     * @return the value's bits
     */
    public int readl(long address) {
        return (int) read(QtestVerb.READL, address, 4);
    }

    /**
     * Reads 64 bits.
     *
     * @param address a guest physical address
     * @return the value's bits
     */
    public long readq(long address) {
        return read(QtestVerb.READQ, address, 8);
    }

    /**
     * Writes 8 bits and waits until it is done.
     *
     * @param address a guest physical address
     * @param value 0 to 0xff
     */
    public void writeb(long address, int value) {
        write(QtestVerb.WRITEB, address, 1, value, false);
    }

    /**
     * Writes 16 bits and waits until it is done.
     *
     * @param address a guest physical address
     * @param value 0 to 0xffff
     */
    public void writew(long address, int value) {
        write(QtestVerb.WRITEW, address, 2, value, false);
    }

    /**
     * Writes 32 bits and waits until it is done.
     *
     * @param address a guest physical address
     * @param value the value's bits
     */
    public void writel(long address, int value) {
        write(QtestVerb.WRITEL, address, 4, value & 0xffff_ffffL, false);
    }

    /**
     * Writes 64 bits and waits until it is done.
     *
     * @param address a guest physical address
     * @param value the value's bits
     */
    public void writeq(long address, long value) {
        write(QtestVerb.WRITEQ, address, 8, value, false);
    }

    /**
     * Sends a write of 16 bits and does not wait for it.
     *
     * @param address a guest physical address
     * @param value 0 to 0xffff
     */
    public void postw(long address, int value) {
        write(QtestVerb.WRITEW, address, 2, value, true);
    }

    /**
     * Sends a write of 32 bits and does not wait for it.
     *
     * @param address a guest physical address
     * @param value the value's bits
     */
    public void postl(long address, int value) {
        write(QtestVerb.WRITEL, address, 4, value & 0xffff_ffffL, true);
    }

    /** {@return access to the ports of an x86 machine} */
    public QtestPorts ports() {
        return ports;
    }

    /** {@return access to memory through the socket, for whoever does not share it} */
    public QtestMemory memory() {
        return memory;
    }

    /**
     * Asks QEMU to report the lines that go into a device, such as {@code ioapic}. One device per
     * QEMU process.
     *
     * @param devicePath the path of a <em>device</em> in QEMU's object tree: QEMU aborts when the
     *     object there is none
     * @throws QemuException when there is no such object, or another one is intercepted already
     */
    public void interceptInterrupts(String devicePath) {
        QtestArguments.checkObjectPath(devicePath);
        link.enter();
        try {
            link.exchange(
                    line.start(QtestVerb.IRQ_INTERCEPT_IN)
                            .word(devicePath.getBytes(StandardCharsets.US_ASCII)));
        } finally {
            link.leave();
        }
        link.expectInterrupts();
    }

    /** {@return what QEMU reported about the lines it intercepts} */
    public QtestInterrupts interrupts() {
        return interrupts;
    }

    /**
     * Takes the answers and reports that have come, without waiting. Whoever spins on memory for
     * long may call it to hear sooner of a write that QEMU refused, or of a QEMU that is gone.
     */
    public void drain() {
        link.drain();
    }

    /** Takes the reports that have come, unless another thread is about to. */
    void listen() {
        link.drainIfFree();
    }

    /** Waits for a report, and sleeps meanwhile. {@return whether it came in time} */
    boolean awaitReport(BooleanSupplier reported, long nanos) throws InterruptedException {
        return link.listeners().await(reported, nanos);
    }

    /** {@return why the client cannot be used any more, or null while it can} */
    public @Nullable String lost() {
        return link.dead();
    }

    /** Closes the socket; QEMU itself goes on. */
    @Override
    public void close() {
        link.close();
    }

    private long read(byte[] verb, long address, int width) {
        QtestArguments.checkRange(address, width);
        link.enter();
        try {
            return value(line.start(verb).hex(address), width);
        } finally {
            link.leave();
        }
    }

    private void write(byte[] verb, long address, int width, long value, boolean posted) {
        QtestArguments.checkRange(address, width);
        QtestArguments.checkValue(value, width);
        link.enter();
        try {
            line.start(verb).hex(address).hex(value);
            if (posted) {
                link.post(line);
            } else {
                link.exchange(line);
            }
        } finally {
            link.leave();
        }
    }

    long value(QtestLine command, int width) {
        try {
            long value = link.exchange(command).value();
            if (width < 8 && value >>> (8 * width) != 0) {
                throw new IOException(
                        "QEMU answered 0x%x to '%s': too large for %d bytes"
                                .formatted(value, command.text(), width));
            }
            return value;
        } catch (IOException nonsense) {
            throw link.die(nonsense.getMessage());
        }
    }
}
