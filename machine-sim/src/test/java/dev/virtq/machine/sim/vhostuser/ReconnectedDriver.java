package dev.virtq.machine.sim.vhostuser;

import dev.virtq.device.Recovery;
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

/** A driver of an echo device that goes on when its back end was lost. */
final class ReconnectedDriver implements AutoCloseable {
    static final Duration LONG = Duration.ofSeconds(10);
    static final int SIZE = 32;
    static final QueueOptions OPTIONS =
            QueueOptions.DEFAULT.withSize(SIZE).withIndirect(IndirectUse.NEVER);

    private final VhostUserMachine machine;
    private final VirtioDevice device;
    private final Virtqueue queue;

    ReconnectedDriver(Path socket) {
        machine = VhostUserMachine.of(socket, SimDevice.ECHO, 8 << 20);
        try {
            device = VirtioDevice.open(machine.transport(SimDevice.ECHO));
            device.negotiate(List.of());
            queue = device.queue(0, OPTIONS);
            device.start();
        } catch (RuntimeException e) {
            machine.close();
            throw e;
        }
    }

    VirtioDevice device() {
        return device;
    }

    Virtqueue queue() {
        return queue;
    }

    /** A transfer of two readable elements, and a writable one that takes what is in both. */
    TransferToken prepare(int value) {
        DmaBuffer first = device.memory().allocate(4);
        DmaBuffer second = device.memory().allocate(4);
        TransferToken token =
                queue.prepare(BufferList.send(first, second).receive(device.memory().allocate(8)));
        fill(token, value);
        return token;
    }

    static void fill(TransferToken token, int value) {
        token.sending(0).setInt(0, value);
        token.sending(1).setInt(0, ~value);
        token.receiving(0).setInt(0, 0x5a5a5a5a);
    }

    /** {@return whether what came back is what was sent} */
    static boolean isEcho(TransferToken token, int value) {
        return token.receivedLength() == 8
                && token.receiving(0).intAt(0) == value
                && token.receiving(0).intAt(4) == ~value;
    }

    /** Waits until the back end is lost. */
    void awaitLoss() throws InterruptedException {
        while (device.transport().lost().isEmpty()) {
            Thread.sleep(1);
        }
    }

    /** Up to where the device can be started. {@return what became of the transfers} */
    Recovery setUp() {
        device.negotiate(List.of());
        device.queue(0);
        return device.recovery().orElseThrow();
    }

    /** The whole way on. {@return what became of the transfers} */
    Recovery goOn() throws InterruptedException {
        device.reconnect(LONG);
        Recovery recovery = setUp();
        device.start();
        return recovery;
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
