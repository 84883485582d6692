package dev.virtq.transport.vhostuser;

import dev.virtq.device.DeviceLostException;
import dev.virtq.transport.vhostuser.posix.EventFd;
import dev.virtq.transport.vhostuser.posix.Poll;
import dev.virtq.transport.vhostuser.posix.PosixException;
import dev.virtq.transport.vhostuser.posix.ReceivedDescriptors;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import dev.virtq.transport.vhostuser.protocol.Message;
import dev.virtq.transport.vhostuser.protocol.MessageStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A thread that hears what the back end says unasked: that it is gone, and that its configuration
 * has changed. Everything else that a back end may ask of a front end is refused.
 */
final class Watcher implements AutoCloseable {
    private static final int CONFIG_CHANGED = 2;
    private static final int MAX_PAYLOAD = 4096;
    private static final int MINUTE_MILLIS = 60_000;
    private static final long REFUSED = 1;

    private final Connection connection;
    private final String name;
    private final UnixSocket requests;
    private final MessageStream stream;
    private final EventFd end;
    private final EventFd configChanged;
    private final AtomicInteger generation = new AtomicInteger();
    private final Runnable whenLost;
    private final Thread thread;

    /**
     * Makes one.
     *
     * @param connection what is watched
     * @param name the back end's name for people
     * @param requests where the back end's requests arrive
     * @param patience how long it may take for one
     * @param whenLost wakes whoever waits for the back end
     */
    Watcher(
            Connection connection,
            String name,
            UnixSocket requests,
            Duration patience,
            Runnable whenLost)
            throws PosixException {
        this.connection = connection;
        this.name = name;
        this.requests = requests;
        this.whenLost = whenLost;
        stream = new MessageStream(requests, patience);
        end = EventFd.create();
        configChanged = EventFd.create();
        thread = Thread.ofPlatform().daemon().name("virtq-vhost-user").unstarted(this::watch);
    }

    void start() {
        thread.start();
    }

    EventFd configChanged() {
        return configChanged;
    }

    /** {@return how often the configuration has changed} */
    int generation() {
        return generation.get();
    }

    private void watch() {
        try {
            while (true) {
                int[] happened =
                        Poll.first(
                                MINUTE_MILLIS,
                                new Poll.Wish(end, Poll.READABLE),
                                new Poll.Wish(connection.socket(), Poll.HUNG_UP),
                                new Poll.Wish(requests, Poll.READABLE));
                if (happened[0] != 0) {
                    return;
                }
                if (happened[1] != 0) {
                    lose("has closed the connection");
                    return;
                }
                if (happened[2] != 0) {
                    answer();
                }
            }
        } catch (IOException e) {
            if (connection.lost().isEmpty()) {
                lose("cannot be heard any more: " + e.getMessage());
            } else {
                whenLost.run();
            }
        }
    }

    private void answer() throws IOException {
        try (Arena arena = Arena.ofConfined();
                ReceivedDescriptors unwanted = new ReceivedDescriptors()) {
            Message message = stream.receive(arena, MAX_PAYLOAD, unwanted);
            long status = REFUSED;
            if (message.request() == CONFIG_CHANGED) {
                generation.incrementAndGet();
                configChanged.signal();
                status = 0;
            }
            if (message.wantsReply()) {
                Message reply = Message.of(arena, message.request(), Long.BYTES).asReply();
                stream.send(reply.u64(0, status), List.of());
            }
        }
    }

    private void lose(String how) {
        connection.lose(new DeviceLostException("the back end %s %s".formatted(name, how)));
        whenLost.run();
    }

    @Override
    public void close() {
        try {
            end.signal();
        } catch (PosixException e) {
            return; // closed before
        }
        if (thread != Thread.currentThread() && thread.isAlive()) {
            joinUninterruptibly();
        }
        requests.close();
        end.close();
        configChanged.close();
    }

    private void joinUninterruptibly() {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
