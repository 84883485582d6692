package dev.virtq.transport.vhostuser;

import dev.virtq.device.QueueConnection;
import dev.virtq.device.QueueSetup;
import dev.virtq.transport.vhostuser.posix.EventFd;
import dev.virtq.transport.vhostuser.posix.PosixException;
import dev.virtq.transport.vhostuser.protocol.Message;
import dev.virtq.transport.vhostuser.protocol.Request;
import java.lang.foreign.Arena;
import java.util.List;

/** One queue, as the back end is told of it and as it is taken away again. */
final class Vring implements AutoCloseable {
    private static final int STATE_BYTES = 8;
    private static final int ADDRESS_BYTES = 40;

    private final int index;
    private final Connection connection;
    private final EventFd kick;
    private final EventFd call;
    private int size;
    private boolean prepared;
    private boolean started;

    Vring(int index, Connection connection) throws PosixException {
        this.index = index;
        this.connection = connection;
        kick = EventFd.create();
        try {
            call = EventFd.create();
        } catch (PosixException e) {
            kick.close();
            throw e;
        }
    }

    /** Wakes whoever waits for the back end, which is gone. */
    void wake() {
        try {
            call.signal();
        } catch (PosixException e) {
            return; // closed meanwhile: nobody waits
        }
    }

    /**
     * Tells the back end of the queue. It does not run yet.
     *
     * @param setup where it is; its addresses are user addresses, too
     */
    QueueConnection prepare(QueueSetup setup) throws PosixException {
        kick.take(); // of an earlier life
        call.take();
        size = setup.size();
        connection.tell(Request.SET_VRING_NUM, index, setup.size());
        connection.tell(Request.SET_VRING_BASE, index, setup.startState());
        try (Arena arena = Arena.ofConfined()) {
            Message addresses =
                    Message.of(arena, Request.SET_VRING_ADDR.number(), ADDRESS_BYTES)
                            .u32(0, index)
                            .u64(8, setup.descriptorArea())
                            .u64(16, setup.deviceArea())
                            .u64(24, setup.driverArea());
            connection.tell(Request.SET_VRING_ADDR, addresses, List.of());
        }
        connection.tell(Request.SET_VRING_CALL, index, List.of(call));
        prepared = true;
        return new QueueConnection(
                new KickDoorbell(kick, connection), new CallInterrupt(call, connection));
    }

    /** {@return whether it waits to be started} */
    boolean isPrepared() {
        return prepared;
    }

    int index() {
        return index;
    }

    /** {@return how many entries it has} */
    int size() {
        return size;
    }

    /**
     * Hands the queue to the back end, which a kick descriptor does.
     *
     * @param hasEnable whether the back end wants to be told when it may take buffers
     */
    void start(boolean hasEnable) {
        prepared = false;
        started = true; // from here on it may be at work
        connection.tell(Request.SET_VRING_KICK, index, List.of(kick));
        if (hasEnable) {
            connection.tell(Request.SET_VRING_ENABLE, index, 1);
        }
    }

    /**
     * Takes the queue back. When this returns the back end touches it no more.
     *
     * @return where the back end would go on
     */
    int stop(boolean hasEnable) {
        prepared = false;
        if (!started) {
            return 0;
        }
        if (hasEnable) {
            connection.tell(Request.SET_VRING_ENABLE, index, 0);
        }
        try (Arena arena = Arena.ofConfined()) {
            Message question =
                    Message.of(arena, Request.GET_VRING_BASE.number(), STATE_BYTES).u32(0, index);
            Message answer = connection.ask(arena, question, Request.GET_VRING_BASE, STATE_BYTES);
            if (answer.u32(0) != index) {
                throw new BackEndFaultException(
                        "asked for the base of queue %d the back end answered for queue %d"
                                .formatted(index, answer.u32(0)));
            }
            started = false;
            return answer.u32(4);
        }
    }

    @Override
    public void close() {
        kick.close();
        call.close();
    }
}
