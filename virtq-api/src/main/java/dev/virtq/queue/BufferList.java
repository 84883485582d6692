package dev.virtq.queue;

import dev.virtq.memory.DmaBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What goes into one transfer: buffers that the device reads, then buffers that it writes, any
 * number of each.
 *
 * <pre>{@code
 * BufferList request = BufferList.send(header, payload).receive(reply, status);
 * }</pre>
 *
 * <p>The device sees the buffers of each half as one run of bytes, in order; how they are cut into
 * buffers means nothing to it (virtio 1.4, 2.7.4).
 *
 * @param sent the device-readable buffers
 * @param received the device-writable buffers
 */
public record BufferList(List<DmaBuffer> sent, List<DmaBuffer> received) {
    /** Copies the lists. */
    public BufferList {
        sent = List.copyOf(sent);
        received = List.copyOf(received);
    }

    /**
     * {@return a list that begins with buffers that the device reads}
     *
     * @param buffers in the order in which the device reads them
     */
    public static BufferList send(DmaBuffer... buffers) {
        return new BufferList(List.of(buffers), List.of());
    }

    /**
     * {@return a list of buffers that the device writes, and none that it reads}
     *
     * @param buffers in the order in which the device writes them
     */
    public static BufferList receiveOnly(DmaBuffer... buffers) {
        return new BufferList(List.of(), List.of(buffers));
    }

    /**
     * {@return this list, followed by buffers that the device writes}
     *
     * @param buffers in the order in which the device writes them
     */
    public BufferList receive(DmaBuffer... buffers) {
        List<DmaBuffer> all = new ArrayList<>(received);
        all.addAll(List.of(buffers));
        return new BufferList(sent, all);
    }

    /**
     * {@return this list, which has as many buffers as its kind of request may have}
     *
     * @param bounds how many that is
     * @throws IllegalArgumentException when it has fewer, or more
     */
    public BufferList within(BufferBounds bounds) {
        bounds.check(this);
        return this;
    }

    /** {@return how many buffers there are in both halves} */
    public int size() {
        return sent.size() + received.size();
    }
}
