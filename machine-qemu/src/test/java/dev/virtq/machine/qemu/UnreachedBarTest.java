package dev.virtq.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.VirtioDevice;
import dev.virtq.machine.MachineOptions;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import dev.virtq.testing.Clause;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.MessageInterrupt;
import dev.virtq.transport.pci.PciAddress;
import dev.virtq.transport.pci.PciBar;
import dev.virtq.transport.pci.PciFunction;
import dev.virtq.transport.pci.VirtioPciTransport;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * QEMU's network device on a machine that has no way to the function's BARs: everything goes
 * through its configuration space.
 */
@RequiresQemu
@Timeout(60)
class UnreachedBarTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final int NET_HEADER = 12;

    /** Who has 10.0.2.2? Tell 10.0.2.15. */
    private static final byte[] WHO_HAS =
            HexFormat.of()
                    .parseHex(
                            "ffffffffffff5254001234560806"
                                    + "0001080006040001"
                                    + "525400123456"
                                    + "0a00020f"
                                    + "000000000000"
                                    + "0a000202");

    @Test
    @Clause({"4.1.4.9.2#1", "4.1.4.9.2#2"})
    void anArpRequestIsAnsweredThroughTheConfigurationSpace() throws Exception {
        try (QemuMachine machine =
                (QemuMachine) new LocalQemuProvider().start(MachineOptions.DEFAULT)) {
            PciFunction function = new WithoutBars(machine.pci().function(new PciAddress(0, 1, 0)));
            try (VirtioDevice device = VirtioDevice.open(VirtioPciTransport.open(function))) {
                device.negotiate(List.of(CommonFeature.EVENT_IDX));
                assertThat(device.config().bytes(0, 6).toArray(ValueLayout.JAVA_BYTE))
                        .as("the MAC address")
                        .isEqualTo(HexFormat.of().parseHex("525400123456"));
                Virtqueue receive = device.queue(0);
                Virtqueue transmit = device.queue(1);
                device.start();
                DmaBuffer header = device.memory().allocate(NET_HEADER);
                DmaBuffer payload = device.memory().allocate(WHO_HAS.length);
                payload.copyFrom(0, MemorySegment.ofArray(WHO_HAS));
                DmaBuffer space = device.memory().allocate(2048);
                try (TransferToken in = receive.prepare(BufferList.receiveOnly(space));
                        TransferToken out = transmit.prepare(BufferList.send(header, payload))) {
                    for (int i = 0; i < 20; i++) {
                        in.submit();
                        receive.flush();
                        out.send().await(SOON);
                        assertThat(receive.poll(SOON)).isSameAs(in);
                        byte[] answer = in.received(0).toArray(ValueLayout.JAVA_BYTE);
                        assertThat(HexFormat.of().formatHex(answer, NET_HEADER, answer.length))
                                .as("an ARP reply to our address, from 10.0.2.2")
                                .startsWith("52540012345652550a00020208060001080006040002");
                    }
                }
            }
        }
    }

    /** A function whose registers nobody can map. */
    private record WithoutBars(PciFunction function) implements PciFunction {
        @Override
        public PciAddress address() {
            return function.address();
        }

        @Override
        public RegisterWindow configSpace() {
            return function.configSpace();
        }

        @Override
        public List<PciBar> bars() {
            return function.bars();
        }

        @Override
        public RegisterWindow bar(int index) {
            throw new AssertionError("BAR " + index + " is not reached, and was asked for");
        }

        @Override
        public boolean reaches(PciBar bar) {
            return false;
        }

        @Override
        public Optional<MessageInterrupt> allocateMessage(int vector) {
            return function.allocateMessage(vector);
        }

        @Override
        public DmaMemory memory() {
            return function.memory();
        }

        @Override
        public FeatureSet platformFeatures() {
            return function.platformFeatures();
        }

        @Override
        public Optional<DeviceLostException> lost() {
            return function.lost();
        }

        @Override
        public boolean deviceProvenDead() {
            return function.deviceProvenDead();
        }
    }
}
