package dev.virtq.transport.pci;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.testing.Clause;
import dev.virtq.transport.pci.PciCapability.VendorData;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What is never done to a device, from the first look at it to the last: all that a transport can
 * do is done here.
 */
class WholeLifeTest {
    private static final FeatureSet ALL =
            FeatureSet.of(
                    CommonFeature.NOTIFICATION_DATA,
                    CommonFeature.NOTIF_CONFIG_DATA,
                    CommonFeature.RING_RESET);
    private static final int MSIX_CONTROL = 0x42;

    private final ScriptedFunction function = ScriptedFunction.honest();

    @Test
    @Clause("4.1.4.1#7")
    void noFieldOfACapabilityIsWritten() {
        List<Integer> before = capabilities(function);
        live(function);
        assertThat(capabilities(function)).isEqualTo(before);
        assertThat(function.config.accesses)
                .filteredOn(access -> access.startsWith("w"))
                .containsOnly("w2 0x4", "w2 0x42"); // the command register, and MSI-X's own
    }

    @Test
    @Clause({"4.1.4.3.2#1", "4.1.4.3.2#6"})
    void fieldsToBeReadAreNotWrittenAndNoQueueIsDisabledByHand() {
        live(function);
        assertThat(function.device.accesses)
                .doesNotContain("w4 0x4", "w2 0x12", "w1 0x15", "w2 0x1e", "w2 0x38");
        assertThat(function.device.enablesWritten)
                .as("of two queues, before and after their reset and that of the device")
                .hasSize(6)
                .containsOnly(1);
    }

    @Test
    @Clause({"4.1.4.8.2#1", "4.1.4.8.2#2"})
    void aDeviceWithVendorDataIsDrivenAsOneWithoutAndItsDataIsOnlyShown() {
        live(function);
        for (int vendor : new int[] {0x1234, 0x8086}) {
            ScriptedFunction with = ScriptedFunction.honest();
            int position =
                    with.config.append(0x09, 12, 9, vendor, vendor >>> 8, 1, 2, 3, 4, 5, 255);
            List<Integer> before = capabilities(with);
            live(with);
            assertThat(capabilities(with)).isEqualTo(before);
            assertThat(with.device.accesses).isEqualTo(function.device.accesses);
            assertThat(with.msix.accesses).isEqualTo(function.msix.accesses);
            PciDescription description = PciDescription.of(with);
            assertThat(description.capabilities())
                    .last()
                    .isEqualTo(
                            new VendorData(
                                    position, 9, "virtio vendor data", vendor, "0102030405ff"));
            assertThat(description.problems()).isEmpty();
        }
    }

    private static void live(ScriptedFunction function) {
        function.device.offer(CommonFeature.NOTIFICATION_DATA.bit());
        function.device.offer(CommonFeature.NOTIF_CONFIG_DATA.bit());
        function.device.offer(CommonFeature.RING_RESET.bit());
        try (VirtioPciTransport transport = function.open()) {
            transport.writeStatus(0);
            assertThat(transport.readStatus()).isZero();
            transport.sharedMemoryRegions();
            negotiate(transport);
            use(transport, 0);
            use(transport, 2);
            transport.writeStatus(0x0f);
            function.notifyConfig();
            assertThat(transport.configInterrupt().poll()).isTrue();
            transport.configSpace().writeInt(4, transport.configSpace().readInt(0));
            transport.resetQueue(0);
            transport.resetQueue(2);
            use(transport, 0);
            use(transport, 2);
            transport.writeStatus(0);
            negotiate(transport);
            use(transport, 0);
            use(transport, 2);
            transport.writeStatus(0);
            assertThat(transport.readStatus()).isZero();
        }
    }

    private static void negotiate(VirtioPciTransport transport) {
        transport.writeStatus(3);
        transport.writeAcceptedFeatures(transport.readOfferedFeatures().intersection(ALL));
        transport.writeStatus(0x0b);
    }

    private static void use(VirtioPciTransport transport, int queue) {
        transport.enableQueue(queue, SetUpTest.setup(64)).doorbell().ring(1);
    }

    /** All bytes from the first capability on, but for the register that is MSI-X's own. */
    private static List<Integer> capabilities(ScriptedFunction function) {
        List<Integer> bytes = new ArrayList<>();
        for (int at = 0x40; at < 0x100; at++) {
            if (at != MSIX_CONTROL && at != MSIX_CONTROL + 1) {
                bytes.add(function.config.peek(at));
            }
        }
        return bytes;
    }
}
