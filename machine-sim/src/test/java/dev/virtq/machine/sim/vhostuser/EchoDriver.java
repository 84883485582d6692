package dev.virtq.machine.sim.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.Transport;
import dev.virtq.device.VirtioDevice;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.QueueOptions;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.transport.vhostuser.VhostUserMachine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A driver of an echo device behind a socket: what is sent comes back. */
final class EchoDriver implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofMillis(300);

    private static final Duration LONG = Duration.ofSeconds(10);
    private static final int SIZE = 16;

    private final VhostUserMachine machine;
    private final VirtioDevice device;

    EchoDriver(Path socket) {
        this(socket, PATIENCE);
    }

    EchoDriver(Path socket, Duration patience) {
        this(VhostUserMachine.of(socket, SimDevice.ECHO, 8 << 20, patience));
    }

    /** One that listens, and waits for the back end to connect. */
    static EchoDriver listening(Path socket, Duration wait) {
        return new EchoDriver(
                VhostUserMachine.listen(socket, SimDevice.ECHO, 8 << 20, PATIENCE, wait));
    }

    private EchoDriver(VhostUserMachine machine) {
        this.machine = machine;
        try {
            device = VirtioDevice.open(machine.transport(SimDevice.ECHO));
        } catch (RuntimeException e) {
            machine.close();
            throw e;
        }
    }

    VirtioDevice device() {
        return device;
    }

    Transport openAgain() {
        return machine.transport(SimDevice.ECHO);
    }

    void closeDevice() {
        device.close();
    }

    /** Without a word to the device. */
    void closeTransport() {
        device.transport().close();
    }

    Virtqueue start() {
        device.negotiate(List.of());
        Virtqueue queue =
                device.queue(
                        0, QueueOptions.DEFAULT.withSize(SIZE).withIndirect(IndirectUse.NEVER));
        device.start();
        return queue;
    }

    /** Goes round the ring more than once, with chains that are no divisor of its size. */
    void echo(Virtqueue queue, int times) throws InterruptedException {
        DmaBuffer first = device.memory().allocate(4);
        DmaBuffer second = device.memory().allocate(4);
        try (TransferToken token =
                queue.prepare(
                        BufferList.send(first, second).receive(device.memory().allocate(8)))) {
            for (int i = 0; i < times; i++) {
                token.sending(0).setInt(0, i);
                token.sending(1).setInt(0, ~i);
                token.send().await(LONG);
                assertThat(token.receivedLength()).isEqualTo(8);
                assertThat(token.receiving(0).intAt(0)).isEqualTo(i);
                assertThat(token.receiving(0).intAt(4)).isEqualTo(~i);
            }
        }
    }

    @Override
    public void close() {
        try {
            device.close();
        } finally {
            machine.close();
        }
    }
}
