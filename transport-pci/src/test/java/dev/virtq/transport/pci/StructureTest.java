package dev.virtq.transport.pci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.SharedMemoryRegion;
import dev.virtq.device.Transport;
import dev.virtq.testing.Breach;
import dev.virtq.testing.Clause;
import dev.virtq.transport.pci.PciBar.Kind;
import org.junit.jupiter.api.Test;

/** Which structure is used, of those that the capabilities point to. */
class StructureTest {
    private final ScriptedFunction function = ScriptedFunction.bare();

    @Test
    @Clause({"4.1.4.1#1", "4.1.4.1#4"})
    void structuresOfReservedTypesAndBarsAreIgnored() {
        function.config.appendVirtio(6, 4, 0, 0x3f00, 0x40);
        function.config.appendVirtio(0, 4, 0, 0x3f00, 0x40);
        function.config.appendVirtio(1, 6, 0, 0x3f00, 0x40);
        function.config.appendVirtio(1, 255, 0, 0x3f00, 0x40);
        function.appendStructures();
        assertThat(function.open().queueCount()).isEqualTo(3);
    }

    @Test
    @Clause("4.1.4.1#1")
    void aFunctionWithStructuresOfReservedTypesAloneHasNone() {
        function.config.appendVirtio(6, 4, 0, 0, 0x40);
        function.config.append(0x09, 4, 7); // however short
        assertThatThrownBy(function::open)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("without a virtio capability");
    }

    @Test
    @Clause("4.1.4.1#4")
    void aDeviceConfigurationInAReservedBarIsAsIfItWereNotThere() {
        function.config.appendVirtio(1, 4, 0, 0, 0x40);
        function.config.appendVirtio(3, 4, 0, ScriptedVirtio.ISR, 1);
        function.config.appendVirtio(2, 4, 0, ScriptedVirtio.NOTIFY, 0x1000, 4);
        function.config.appendVirtio(4, 6, 0, ScriptedVirtio.DEVICE, 64);
        assertThat(function.open().configSpace().length()).isZero();
    }

    @Test
    @Clause("4.1.4.1#2")
    void theFirstStructureOfATypeIsUsed() {
        function.appendStructures();
        function.config.appendVirtio(1, 4, 0, 0x3f00, 0x40);
        assertThat(function.open().queueCount()).isEqualTo(3);
    }

    @Test
    @Clause("4.1.4.1#2")
    void aStructureThatCannotBeUsedIsPassedOver() {
        function.config.appendVirtio(1, 3, 0, 0, 0x40); // no such BAR
        function.config.appendVirtio(1, 4, 0, 2, 0x40); // not aligned
        function.config.appendVirtio(1, 4, 0, 0x4000, 0x40); // behind the BAR's end
        function.config.appendVirtio(1, 4, 0, 0, 0x37); // too short
        function.appendStructures();
        assertThat(function.open().queueCount()).isEqualTo(3);
    }

    @Test
    @Clause("4.1.4.1#2")
    void aStructureInPortsThatTheMachineDoesNotReachIsPassedOver() {
        function.bars.add(new PciBar(0, Kind.IO, false, 0xc000, 0x1000));
        function.config.appendVirtio(2, 0, 0, 0, 0x1000, 0);
        function.appendStructures();
        function.open().enableQueue(2, SetUpTest.setup(64)).doorbell().ring(0);
        assertThat(function.device.doorbells).singleElement().returns(8, d -> d.offset());
    }

    @Test
    @Clause({"4.1.4.1#3", "4.1.4.1#6"})
    void longerCapabilitiesAndStructuresAreAccepted() {
        function.config.appendVirtio(1, 4, 0, 0, 0xffff_ffffL, 1, 2, 3);
        function.config.appendVirtio(3, 4, 0, ScriptedVirtio.ISR, 0x10_0000, 1);
        function.config.appendVirtio(4, 4, 0, ScriptedVirtio.DEVICE, 0x10_0000, 1);
        function.config.appendVirtio(2, 4, 0, ScriptedVirtio.NOTIFY, 0x10_0000, 4, 5);
        Transport transport = function.open();
        assertThat(transport.queueCount()).isEqualTo(3);
        assertThat(transport.configSpace().length()).isEqualTo(0x2000);
    }

    @Test
    @Breach("4.1.4.3.1#2")
    void withoutCommonConfigurationTheErrorSaysWhatWasWrongWithEach() {
        function.config.appendVirtio(1, 3, 0, 0, 0x40);
        function.config.appendVirtio(1, 4, 0, 2, 0x40);
        function.config.append(0x09, 12, 1, 4, 0, 0, 0, 0, 0, 0, 0);
        assertThatThrownBy(function::open)
                .isInstanceOfSatisfying(
                        DeviceFaultException.class,
                        fault -> assertThat(fault.clause()).isEqualTo("4.1.4.3.1#2"))
                .hasMessageContaining("common configuration")
                .hasMessageContaining("capability at 0x40: 0x40 bytes at offset 0x0 of BAR 3")
                .hasMessageContaining("a multiple of 4")
                .hasMessageContaining("cap_len 12");
    }

    @Test
    @Breach("4.1.4.5.1#1")
    void aDeviceNeedsAnIsrStatus() {
        function.config.appendVirtio(1, 4, 0, 0, 0x40);
        function.config.appendVirtio(2, 4, 0, ScriptedVirtio.NOTIFY, 0x1000, 4);
        assertFault("4.1.4.5.1#1");
    }

    @Test
    @Breach("4.1.4.4.1#1")
    void aDeviceNeedsANotificationStructure() {
        function.config.appendVirtio(1, 4, 0, 0, 0x40);
        function.config.appendVirtio(3, 4, 0, ScriptedVirtio.ISR, 1);
        assertFault("4.1.4.4.1");
    }

    @Test
    @Breach({"4.1.4.4.1#2", "4.1.4.4.1#3"})
    void aNotificationStructureIsAlignedAndItsMultiplierAnEvenPowerOfTwo() {
        function.config.appendVirtio(1, 4, 0, 0, 0x40);
        function.config.appendVirtio(3, 4, 0, ScriptedVirtio.ISR, 1);
        for (int multiplier : new int[] {1, 3, 6}) {
            function.config.appendVirtio(2, 4, 0, ScriptedVirtio.NOTIFY, 0x1000, multiplier);
        }
        function.config.appendVirtio(2, 4, 0, ScriptedVirtio.NOTIFY + 1, 0x1000, 4);
        assertThatThrownBy(function::open)
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("multiplier 6 (expected: 0, or an even power of 2)")
                .hasMessageContaining("multiple of 2");
    }

    @Test
    @Clause("4.1.4.1#5")
    void noMoreOfAStructureIsOpenedThanIsOfUse() {
        function.config.appendVirtio(1, 4, 0, 0, 0x1000);
        function.config.appendVirtio(3, 4, 0, ScriptedVirtio.ISR, 0x1000);
        function.config.appendVirtio(4, 4, 0, ScriptedVirtio.DEVICE, 64);
        function.config.appendVirtio(2, 4, 0, ScriptedVirtio.NOTIFY, 0x1000, 4);
        function.open();
        assertThat(function.device.opened)
                .as("start and size")
                .containsExactlyInAnyOrder(
                        "0x0+0x3c", // up to queue_reset
                        "0x1000+0x1",
                        "0x2000+0x40",
                        "0x3000+0x1000");
    }

    @Test
    @Breach("4.1.4.6.1#1")
    void aDeviceConfigurationThatCannotBeUsedIsAFaultAndNotItsAbsence() {
        function.config.appendVirtio(1, 4, 0, 0, 0x40);
        function.config.appendVirtio(3, 4, 0, ScriptedVirtio.ISR, 1);
        function.config.appendVirtio(2, 4, 0, ScriptedVirtio.NOTIFY, 0x1000, 4);
        function.config.appendVirtio(4, 4, 0, ScriptedVirtio.DEVICE + 2, 64);
        assertFault("4.1.4.6.1#1");
    }

    @Test
    void aDeviceWithoutConfigurationHasAnEmptySpace() {
        function.config.appendVirtio(1, 4, 0, 0, 0x40);
        function.config.appendVirtio(3, 4, 0, ScriptedVirtio.ISR, 1);
        function.config.appendVirtio(2, 4, 0, ScriptedVirtio.NOTIFY, 0x1000, 4);
        Transport transport = function.open();
        assertThat(transport.configSpace().length()).isZero();
        assertThatThrownBy(() -> transport.configSpace().readByte(0))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void shortStructuresServeFewerFeatures() {
        function.config.appendVirtio(1, 4, 0, 0, 0x38);
        function.config.appendVirtio(3, 4, 0, ScriptedVirtio.ISR, 1);
        function.config.appendVirtio(2, 4, 0, ScriptedVirtio.NOTIFY, 0x1000, 2);
        Transport transport = function.open();
        assertThat(transport.servedFeatures()).isEqualTo(FeatureSet.EMPTY);
        assertThatThrownBy(() ->
                        transport.writeAcceptedFeatures(FeatureSet.of(CommonFeature.RING_RESET)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("{40}");
    }

    @Test
    @Breach("4.1.4.7.1#2")
    void sharedMemoryRegionsLieInTheirBarAndHaveIdsOfTheirOwn() {
        function.appendStructures();
        function.bars.add(new PciBar(2, Kind.MEMORY_64, true, 0x10_0000_0000L, 0x2_0000_0000L));
        function.config.appendVirtio(8, 2, 0, 0x1000, 0x8000, 1, 0);
        assertThat(function.open().sharedMemoryRegions())
                .containsExactly(new SharedMemoryRegion(0, 0x11_0000_1000L, 0x8000));
        function.messages.clear();
        function.config.appendVirtio(8, 2, 0, 0, 0x1000, 0, 0);
        assertThatThrownBy(() -> function.open().sharedMemoryRegions())
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("two shared memory regions have the id 0");
    }

    @Test
    @Breach("4.1.4.7.1#1")
    void aSharedMemoryRegionOutsideItsBarIsAFaultWhenItIsAskedFor() {
        function.appendStructures();
        function.config.appendVirtio(8, 4, 1, 0x1000, 0, 0, 1); // 4 GiB in a small BAR
        Transport transport = function.open();
        assertThatThrownBy(transport::sharedMemoryRegions)
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("region 1 is not in its BAR");
    }

    @Test
    @Breach("4.1.4.2#1")
    void aSharedMemoryCapabilityThatCannotBeReadIsAFaultWhenItIsAskedFor() {
        function.appendStructures();
        function.config.appendVirtio(8, 4, 1, 0x1000, 0x1000); // without the upper halves
        Transport transport = function.open();
        assertThatThrownBy(transport::sharedMemoryRegions)
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("cap_len 16 (expected: 24 or more)");
    }

    @Test
    @Clause("4.1.4.1#4")
    void aSharedMemoryRegionInAReservedBarIsAsIfItWereNotThere() {
        function.appendStructures();
        function.config.appendVirtio(8, 6, 1, 0, 0x1000, 0, 0);
        assertThat(function.open().sharedMemoryRegions()).isEmpty();
    }

    private void assertFault(String clause) {
        assertThatThrownBy(function::open)
                .isInstanceOfSatisfying(
                        DeviceFaultException.class,
                        fault -> assertThat(fault.clause()).isEqualTo(clause));
    }
}
