package dev.virtq.machine.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.VirtioDevice;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.TransferState;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What the test devices do with what they are sent. */
@Timeout(30)
class TestDevicesTest {
    private static final Duration LONG = Duration.ofSeconds(10);

    @ParameterizedTest
    @CsvSource({"10, 10", "10, 3", "3, 10", "1, 0", "0, 1", "200000, 200000", "65536, 65536"})
    void theEchoWritesBackWhatItReads(int sent, int room) throws Exception {
        try (SimMachine machine = machine(SimDevice.echo());
                VirtioDevice device = open(machine, SimDevice.ECHO)) {
            Virtqueue queue = start(device, 0);
            byte[] data = random(sent);
            DmaBuffer[] request = sent == 0 ? new DmaBuffer[0] : halves(device.memory(), data);
            DmaBuffer[] reply =
                    room == 0 ? new DmaBuffer[0] : halves(device.memory(), new byte[room]);
            try (TransferToken token = queue.prepare(BufferList.send(request).receive(reply))) {
                for (int again = 0; again < 3; again++) {
                    token.send().await(LONG);
                    assertThat(token.receivedLength()).isEqualTo(Math.min(sent, room));
                    assertThat(received(token)).isEqualTo(firstOf(data, Math.min(sent, room)));
                }
            }
            assertThat(machine.workDone("echo0").chains()).isEqualTo(3);
            assertThat(machine.workDone("echo0").bytesRead()).isEqualTo(3L * sent);
            assertThat(machine.workDone("echo0").bytesWritten())
                    .isEqualTo(3L * Math.min(sent, room));
        }
    }

    @Test
    void theSinkCountsWhatItReads() throws Exception {
        try (SimMachine machine = machine(SimDevice.sink());
                VirtioDevice device = open(machine, SimDevice.SINK)) {
            Virtqueue queue = start(device, 0);
            CRC32 checksum = new CRC32();
            for (int length : new int[] {1, 100_000, 17}) {
                byte[] data = random(length);
                checksum.update(data);
                try (TransferToken token =
                        queue.prepare(
                                BufferList.send(halves(device.memory(), data))
                                        .receive(device.memory().allocate(5)))) {
                    token.send().await(LONG);
                    assertThat(token.receivedLength()).isZero();
                }
            }
            assertThat(machine.workDone("sink0"))
                    .isEqualTo(new WorkDone(3, 100_018, 0, checksum.getValue()));
            assertThat(machine.details())
                    .containsEntry("sink0", "3 chains, 100018 bytes read, 0 written");
        }
    }

    @Test
    void theSourceNumbersWhatItWritesOnEachQueue() throws Exception {
        try (SimMachine machine = machine(SimDevice.source().withQueues(2));
                VirtioDevice device = open(machine, SimDevice.SOURCE)) {
            device.negotiate(List.of());
            List<Virtqueue> queues = List.of(device.queue(0), device.queue(1));
            device.start();
            assertThat(device.queueCount()).isEqualTo(2);
            for (Virtqueue queue : queues) {
                for (int number = 0; number < 3; number++) {
                    try (TransferToken token =
                            queue.prepare(
                                    BufferList.receiveOnly(device.memory().allocate(70_000)))) {
                        token.send().await(LONG);
                        MemorySegment received = token.received(0);
                        assertThat(received.byteSize()).isEqualTo(70_000);
                        assertThat(SourcePattern.number(received)).isEqualTo(number);
                        assertThat(SourcePattern.firstWrongByte(number, received)).isEqualTo(-1);
                        assertThat(SourcePattern.firstWrongByte(number + 1, received)).isZero();
                        received.set(
                                ValueLayout.JAVA_BYTE,
                                69_000,
                                (byte) ~received.get(ValueLayout.JAVA_BYTE, 69_000));
                        assertThat(SourcePattern.firstWrongByte(number, received))
                                .isEqualTo(69_000);
                    }
                }
            }
        }
    }

    @Test
    void aResetBeginsTheNumbersAnew() throws Exception {
        try (SimMachine machine = machine(SimDevice.source());
                VirtioDevice device = open(machine, SimDevice.SOURCE)) {
            Virtqueue queue = start(device, 0);
            try (TransferToken token =
                    queue.prepare(BufferList.receiveOnly(device.memory().allocate(8)))) {
                token.send().await(LONG);
                token.send().await(LONG);
                assertThat(SourcePattern.number(token.received(0))).isEqualTo(1);
                device.reset();
                start(device, 0);
                token.send().await(LONG);
                assertThat(SourcePattern.number(token.received(0))).isZero();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(SimDevice.Kind.class)
    void itsConfigurationIsItsName(SimDevice.Kind kind) {
        try (SimMachine machine = machine(new SimDevice(kind, 1, 1));
                VirtioDevice device = open(machine, kind.type())) {
            device.negotiate(List.of());
            byte[] bytes = device.config().bytes(0, 8).toArray(ValueLayout.JAVA_BYTE);
            assertThat(new String(bytes, StandardCharsets.US_ASCII).strip())
                    .startsWith(kind.type().name());
        }
    }

    @Test
    void aMachineHasItsNetworkDeviceBesideThem() {
        try (SimMachine machine =
                machine(SimDevice.echo(), SimDevice.sink(), SimDevice.echo(), SimDevice.source())) {
            assertThat(machine.devices().stream().map(Object::toString))
                    .containsExactly(
                            "net0 (net)",
                            "echo0 (echo)",
                            "sink0 (sink)",
                            "echo1 (echo)",
                            "source0 (source)");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> machine.workDone("net0"))
                    .withMessageContaining("no test device net0");
        }
    }

    @Test
    void aBatchIsToldTogetherOrWhenNoMoreIsThere() {
        try (SimMachine machine =
                        SimMachine.builder()
                                .device(SimDevice.echo().inBatchesOf(3))
                                .stepped()
                                .start();
                VirtioDevice device = open(machine, SimDevice.ECHO)) {
            Virtqueue queue = start(device, 0);
            List<TransferToken> tokens = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                tokens.add(queue.prepare(BufferList.send(device.memory().allocate(8))));
                tokens.get(i).submit();
            }
            queue.flush();
            machine.step();
            machine.step();
            assertThat(queue.poll()).as("two of three").isNull();
            machine.step();
            assertThat(queue.poll()).isSameAs(tokens.get(0));
            assertThat(queue.poll()).isSameAs(tokens.get(1));
            assertThat(queue.poll()).isSameAs(tokens.get(2));
            machine.step();
            assertThat(queue.poll()).as("one of three").isNull();
            assertThat(machine.step()).as("no more is there").isFalse();
            assertThat(queue.poll()).isSameAs(tokens.get(3));
        }
    }

    @Test
    void whatIsWithheldIsNotOffered() {
        FeatureSet withheld = FeatureSet.of(CommonFeature.EVENT_IDX, CommonFeature.INDIRECT_DESC);
        try (SimMachine machine =
                        SimMachine.builder()
                                .device(SimDevice.echo())
                                .withholding(withheld)
                                .start();
                VirtioDevice device = open(machine, SimDevice.ECHO)) {
            assertThat(device.offeredFeatures().intersection(withheld)).isEqualTo(FeatureSet.EMPTY);
        }
    }

    @Test
    void aWriteToTheConfigurationNeedsAReset() throws Exception {
        try (SimMachine machine = machine(SimDevice.echo());
                VirtioDevice device = open(machine, SimDevice.ECHO)) {
            Virtqueue queue = start(device, 0);
            device.transport().configSpace().writeByte(0, (byte) 1);
            TransferToken token = queue.prepare(BufferList.send(device.memory().allocate(8)));
            assertThatThrownBy(() -> token.send().await(LONG))
                    .isInstanceOf(DeviceFaultException.class);
            assertThat(token.state()).isEqualTo(TransferState.IN_FLIGHT);
            assertThat(machine.details().get("last driver fault")).contains("read-only");
        }
    }

    @Test
    void aDeviceWithoutQueuesOrBatchesIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> SimDevice.echo().withQueues(0));
        assertThatIllegalArgumentException().isThrownBy(() -> SimDevice.sink().inBatchesOf(0));
    }

    private static SimMachine machine(SimDevice... devices) {
        SimMachineBuilder builder = SimMachine.builder().memory(8 << 20);
        for (SimDevice device : devices) {
            builder.device(device);
        }
        return builder.start();
    }

    private static VirtioDevice open(SimMachine machine, DeviceType type) {
        return VirtioDevice.open(machine.transport(type));
    }

    private static Virtqueue start(VirtioDevice device, int index) {
        device.negotiate(List.of());
        Virtqueue queue = device.queue(index);
        device.start();
        return queue;
    }

    private static byte[] random(int length) {
        byte[] data = new byte[length];
        new Random(length).nextBytes(data);
        return data;
    }

    private static byte[] firstOf(byte[] data, int length) {
        return Arrays.copyOf(data, length);
    }

    /** The bytes in two buffers, or in one when there is but one byte. */
    private static DmaBuffer[] halves(DmaMemory memory, byte[] data) {
        if (data.length == 1) {
            return new DmaBuffer[] {filled(memory, data, 0, 1)};
        }
        int half = data.length / 2;
        return new DmaBuffer[] {
            filled(memory, data, 0, half), filled(memory, data, half, data.length - half)
        };
    }

    private static DmaBuffer filled(DmaMemory memory, byte[] data, int from, int length) {
        DmaBuffer buffer = memory.allocate(length);
        buffer.trusted().copyFrom(MemorySegment.ofArray(data).asSlice(from, length));
        return buffer;
    }

    private static byte[] received(TransferToken token) {
        byte[] bytes = new byte[(int) token.receivedLength()];
        MemorySegment target = MemorySegment.ofArray(bytes);
        long at = 0;
        for (int i = 0; at < bytes.length; i++) {
            MemorySegment part = token.received(i);
            target.asSlice(at).copyFrom(part);
            at += part.byteSize();
        }
        return bytes;
    }
}
