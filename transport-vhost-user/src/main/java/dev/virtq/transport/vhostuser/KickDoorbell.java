package dev.virtq.transport.vhostuser;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.Doorbell;
import dev.virtq.transport.vhostuser.posix.EventFd;
import dev.virtq.transport.vhostuser.posix.PosixException;

/** Notifies the back end by an eventfd. */
final class KickDoorbell implements Doorbell {
    private final EventFd kick;
    private final Connection connection;

    KickDoorbell(EventFd kick, Connection connection) {
        this.kick = kick;
        this.connection = connection;
    }

    @Override
    public void ring(int next) {
        connection.checkUsable();
        try {
            kick.signal();
        } catch (PosixException e) {
            connection.checkUsable();
            throw new DeviceLostException("the back end cannot be notified", e);
        }
    }
}
