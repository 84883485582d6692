package dev.virtq.machine.sim.vhostuser;

import dev.virtq.transport.vhostuser.posix.EventFd;
import dev.virtq.transport.vhostuser.posix.FileDescriptor;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import dev.virtq.transport.vhostuser.protocol.Message;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a back end does once it has heard a request and knows the honest answer. A script says at
 * which request.
 */
@FunctionalInterface
interface Deed {
    /** Version 1, and an answer. */
    int REPLY_FLAGS = 1 | 1 << 2;

    /** Answers as it should. */
    Deed HONEST =
            (answer, reach) -> {
                if (answer != null) {
                    reach.send(answer, reach.attached());
                }
            };

    /** Does not answer, and goes on. */
    Deed SILENT = (answer, reach) -> {};

    /** Ends the connection. */
    Deed HANG_UP = (answer, reach) -> reach.hangUp();

    /** Answers, and has nothing to say unasked any more. */
    Deed CLOSE_CHANNEL =
            (answer, reach) -> {
                UnixSocket channel = reach.takeChannel();
                if (channel != null) {
                    channel.close();
                }
                HONEST.done(answer, reach);
            };

    /** Answers, and fills all kick counters, which nobody empties afterwards. */
    Deed FILL_KICKS =
            (answer, reach) -> {
                reach.fillKicks();
                HONEST.done(answer, reach);
            };

    /** Answers, and has all kicks and calls block, at both ends. */
    Deed BLOCK_NOTIFICATIONS =
            (answer, reach) -> {
                reach.blockNotifications();
                HONEST.done(answer, reach);
            };

    /**
     * Does it.
     *
     * @param answer the honest one; {@code null} where none is expected
     * @param reach what can be reached
     */
    void done(@Nullable Message answer, Reach reach) throws IOException;

    /** What a deed can do something with. */
    interface Reach {
        void send(Message message, List<? extends FileDescriptor> descriptors) throws IOException;

        /** {@return what goes with the honest answer} */
        List<? extends FileDescriptor> attached();

        /** Sends bytes as they are over the channel for the back end's requests. */
        void sendRequest(byte[] bytes) throws IOException;

        void fillKicks() throws IOException;

        void blockNotifications() throws IOException;

        /** Takes the channel away; whoever does closes it. */
        @Nullable UnixSocket takeChannel();

        void hangUp();
    }

    /** Changes the header of an answer, or its payload, or both. */
    @FunctionalInterface
    interface Change {
        void of(Message answer);
    }

    /** {@return sends the honest answer, changed; where none is expected, sends nothing} */
    static Deed changed(Change change) {
        return (answer, reach) -> {
            if (answer != null) {
                change.of(answer);
                reach.send(answer, reach.attached());
            }
        };
    }

    /** {@return answers with another number} */
    static Deed value(long number) {
        return changed(answer -> answer.u64(0, number));
    }

    /** {@return answers with other flags in the header} */
    static Deed flags(int flags) {
        return changed(answer -> answer.flags(flags));
    }

    /** {@return answers as if another request had been made} */
    static Deed numbered(int request) {
        return (answer, reach) -> resized(answer, reach, request, -1);
    }

    /** {@return answers with another length} */
    static Deed sized(int bytes) {
        return (answer, reach) -> resized(answer, reach, -1, bytes);
    }

    /** {@return answers with a header that claims another length than it has} */
    static Deed claiming(int bytes) {
        return changed(answer -> answer.claim(bytes));
    }

    /** {@return answers honestly, and sends file descriptors along} */
    static Deed withDescriptors(int count) {
        return (answer, reach) -> {
            List<EventFd> descriptors = new ArrayList<>();
            try {
                for (int i = 0; i < count; i++) {
                    descriptors.add(EventFd.create());
                }
                if (answer != null) {
                    reach.send(answer, descriptors);
                }
            } finally {
                descriptors.forEach(EventFd::close);
            }
        };
    }

    /** {@return answers honestly, after it has said something on the back end's own channel} */
    static Deed requesting(byte... bytes) {
        return (answer, reach) -> {
            reach.sendRequest(bytes);
            HONEST.done(answer, reach);
        };
    }

    private static void resized(@Nullable Message answer, Reach reach, int request, int bytes)
            throws IOException {
        if (answer == null) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            int size = bytes < 0 ? (int) answer.size() : bytes;
            int number = request < 0 ? answer.request() : request;
            Message other = Message.of(arena, number, size).asReply();
            long same = Math.min(size, answer.size());
            MemorySegment.copy(answer.payload(), 0, other.payload(), 0, same);
            reach.send(other, reach.attached());
        }
    }
}
