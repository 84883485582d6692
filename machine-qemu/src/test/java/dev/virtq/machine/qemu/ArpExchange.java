package dev.virtq.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.Feature;
import dev.virtq.device.Transport;
import dev.virtq.device.VirtioDevice;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.QueueOptions;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;

/** A network device that asks for the gateway's address, again and again. */
final class ArpExchange implements AutoCloseable {
    private static final Duration SOON = Duration.ofSeconds(2);

    /** Section 5.1.6: the header in front of a frame, with VIRTIO_F_VERSION_1. */
    private static final int NET_HEADER = 12;

    /** A header of zeros. Who has 10.0.2.2? Tell 10.0.2.15. */
    private static final byte[] WHO_HAS =
            HexFormat.of()
                    .parseHex(
                            "00".repeat(NET_HEADER)
                                    + "ffffffffffff5254001234560806"
                                    + "0001080006040001"
                                    + "525400123456"
                                    + "0a00020f"
                                    + "000000000000"
                                    + "0a000202");

    final VirtioDevice device;
    final Virtqueue receive;
    final Virtqueue transmit;
    private final TransferToken in;
    private final TransferToken out;

    ArpExchange(Transport transport, QueueOptions options, Feature... features) {
        device = VirtioDevice.open(transport);
        device.negotiate(List.of(features));
        receive = device.queue(0, options);
        transmit = device.queue(1, options);
        device.start();
        DmaBuffer space = device.memory().allocate(2048);
        DmaBuffer frame = device.memory().allocate(WHO_HAS.length);
        frame.copyFrom(0, MemorySegment.ofArray(WHO_HAS));
        in = receive.prepare(BufferList.receiveOnly(space));
        out = transmit.prepare(BufferList.send(frame));
    }

    /** Asks, and waits for both queues. */
    void ask() throws InterruptedException {
        in.submit();
        receive.flush();
        out.send().await(SOON);
        assertThat(receive.poll(SOON)).isSameAs(in);
        byte[] answer = in.received(0).toArray(ValueLayout.JAVA_BYTE);
        assertThat(HexFormat.of().formatHex(answer, NET_HEADER, answer.length))
                .as("an ARP reply to our address, from 10.0.2.2")
                .startsWith("525400123456" + "52550a000202" + "0806" + "0001080006040002");
    }

    @Override
    public void close() {
        device.close();
    }
}
