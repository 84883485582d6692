package dev.virtq.transport.vhostuser;

import dev.virtq.device.DeviceLostException;
import dev.virtq.transport.vhostuser.posix.EventFd;
import dev.virtq.transport.vhostuser.posix.Poll;
import dev.virtq.transport.vhostuser.posix.PosixException;
import dev.virtq.transport.vhostuser.posix.ReceivedDescriptors;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import dev.virtq.transport.vhostuser.protocol.Message;
import dev.virtq.transport.vhostuser.protocol.MessageStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

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
    private final @Nullable UnixSocket requests;
    private final Duration patience;
    private final EventFd end;
    private final EventFd configChanged;
    private final AtomicInteger generation = new AtomicInteger();
    private @Nullable Thread thread;

    private Watcher(
            Connection connection,
            String name,
            @Nullable UnixSocket requests,
            Duration patience,
            EventFd end,
            EventFd configChanged) {
        this.connection = connection;
        this.name = name;
        this.requests = requests;
        this.patience = patience;
        this.end = end;
        this.configChanged = configChanged;
    }

    /**
     * Makes one.
     *
     * @param connection what is watched
     * @param name the back end's name for people
     * @param requests where the back end's requests arrive, if it makes any; it is closed here,
     *     even when this fails
     * @param patience how long it may take for one
     */
    static Watcher of(
            Connection connection, String name, @Nullable UnixSocket requests, Duration patience)
            throws PosixException {
        EventFd end = null;
        try {
            end = EventFd.create();
            return new Watcher(connection, name, requests, patience, end, EventFd.create());
        } catch (PosixException e) {
            if (end != null) {
                end.close();
            }
            if (requests != null) {
                requests.close();
            }
            throw e;
        }
    }

    /**
     * Begins to watch.
     *
     * @param whenLost wakes whoever waits for the back end
     */
    synchronized void start(Runnable whenLost) {
        Thread started =
                Thread.ofPlatform()
                        .daemon()
                        .name("virtq-vhost-user")
                        .unstarted(() -> watch(whenLost));
        thread = started;
        started.start();
    }

    EventFd configChanged() {
        return configChanged;
    }

    /** {@return how often the configuration has changed} */
    int generation() {
        return generation.get();
    }

    private void watch(Runnable whenLost) {
        try {
            UnixSocket heard = requests;
            while (true) {
                List<Poll.Wish> wishes = new ArrayList<>();
                wishes.add(new Poll.Wish(end, Poll.READABLE));
                wishes.add(new Poll.Wish(connection.socket(), Poll.HUNG_UP));
                if (heard != null) {
                    wishes.add(new Poll.Wish(heard, Poll.READABLE));
                }
                int[] happened = Poll.first(MINUTE_MILLIS, wishes.toArray(Poll.Wish[]::new));
                if (happened[0] != 0) {
                    return;
                }
                if (happened[1] != 0) {
                    lose("has closed the connection");
                    break;
                }
                if (heard != null && happened[2] != 0 && !answered(heard)) {
                    heard = null;
                }
            }
        } catch (IOException e) {
            lose("cannot be heard any more: " + e.getMessage());
        }
        whenLost.run();
    }

    /** {@return whether more may come: a back end may close its end and go on working} */
    private boolean answered(UnixSocket heard) throws IOException {
        MessageStream stream = new MessageStream(heard, patience);
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
            return true;
        } catch (EOFException e) {
            return false;
        }
    }

    private void lose(String how) {
        connection.lose(new DeviceLostException("the back end %s %s".formatted(name, how)));
    }

    @Override
    public synchronized void close() {
        try {
            end.signal();
        } catch (PosixException e) {
            return; // closed before
        }
        if (requests != null) {
            requests.shutdown(); // half a request is not waited for
        }
        if (thread != null) {
            joinUninterruptibly(thread);
        }
        if (requests != null) {
            requests.close();
        }
        end.close();
        configChanged.close();
    }

    private static void joinUninterruptibly(Thread thread) {
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
