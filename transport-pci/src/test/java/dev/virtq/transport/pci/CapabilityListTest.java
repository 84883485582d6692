package dev.virtq.transport.pci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.testing.Breach;
import dev.virtq.transport.pci.PciCapability.Malformed;
import dev.virtq.transport.pci.PciCapability.Msix;
import dev.virtq.transport.pci.PciCapability.Other;
import dev.virtq.transport.pci.PciCapability.VirtioStructure;
import dev.virtq.transport.pci.layout.CapabilityList;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The walk ends, whatever the pointers say. */
class CapabilityListTest {
    private final ScriptedConfigSpace config = new ScriptedConfigSpace(0x1af4, 0x1041);

    @Test
    void aFunctionWithoutTheStatusBitHasNoList() {
        config.append(0x01, 0, 0);
        config.poke(0x06, 0);
        assertThat(read().complete()).isEmpty();
    }

    @Test
    void capabilitiesComeInTheOrderOfTheList() {
        config.place(0x98, 0x10, 0);
        config.appendMsix(4, 1, 0, 1, 0x800);
        config.appendVirtio(2, 4, 7, 0x3000, 0x1000, 4);
        config.appendVirtio(8, 2, 1, 0x1000, 0x2000, 0x3, 0x4);
        assertThat(read().complete())
                .satisfiesExactly(
                        first -> assertThat(first).isEqualTo(new Other(0x98, 0x10, "PCI Express")),
                        second -> {
                            Msix msix = (Msix) second;
                            assertThat(msix.vectors()).isEqualTo(4);
                            assertThat(msix.enabled()).isFalse();
                            assertThat(msix.tableBar()).isEqualTo(1);
                            assertThat(msix.pendingOffset()).isEqualTo(0x800);
                        },
                        third -> {
                            VirtioStructure notify = (VirtioStructure) third;
                            assertThat(notify.bar()).isEqualTo(4);
                            assertThat(notify.structureId()).isEqualTo(7);
                            assertThat(notify.offset()).isEqualTo(0x3000);
                            assertThat(notify.notifyOffMultiplier()).isEqualTo(4);
                        },
                        fourth -> {
                            VirtioStructure shared = (VirtioStructure) fourth;
                            assertThat(shared.offset()).isEqualTo(0x3_0000_1000L);
                            assertThat(shared.length()).isEqualTo(0x4_0000_2000L);
                        });
    }

    @Test
    void theTwoReservedBitsOfAPointerAreMasked() {
        config.append(0x01, 0, 0);
        config.append(0x10, 0, 0);
        config.poke(0x34, 0x43);
        config.poke(0x41, 0x46);
        assertThat(read().complete()).hasSize(2);
    }

    @Test
    void aLoopIsAFault() {
        config.append(0x01, 0, 0);
        config.append(0x10, 0, 0);
        config.poke(0x45, 0x40);
        assertThat(read().found()).hasSize(2);
        assertThatThrownBy(() -> read().complete())
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("loop")
                .hasMessageContaining("the pointer at 0x45 is 0x40");
    }

    @Test
    void aCapabilityThatPointsToItselfIsAFault() {
        config.append(0x01, 0, 0);
        config.poke(0x41, 0x40);
        assertThatThrownBy(() -> read().complete()).isInstanceOf(DeviceFaultException.class);
    }

    @Test
    void aPointerIntoTheHeaderIsAFault() {
        config.append(0x01, 0, 0);
        config.poke(0x41, 0x3c);
        assertThatThrownBy(() -> read().complete())
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("points into the header");
    }

    @Test
    void aStructureThatRunsBeyondTheSpaceIsMalformed() {
        config.place(0xf8, 0x09, 16, 1, 4);
        assertThat(read().complete())
                .singleElement()
                .isInstanceOfSatisfying(
                        Malformed.class, bad -> assertThat(bad.problem()).contains("beyond 0xff"));
    }

    @Test
    @Breach("4.1.4.2#1")
    void aStructureThatIsTooShortIsMalformed() {
        config.append(0x09, 12, 1, 4, 0, 0, 0, 0, 0, 0, 0);
        assertThat(read().complete())
                .singleElement()
                .isInstanceOfSatisfying(
                        Malformed.class,
                        bad ->
                                assertThat(bad.problem())
                                        .isEqualTo("cap_len 12 (expected: 16 or more)"));
    }

    @Test
    @Breach({"4.1.4.8.1#1", "4.1.4.8.1#2", "4.1.4.2#1"})
    void vendorDataThatBreaksARuleIsMalformed() {
        config.append(0x09, 8, 9, 0xf4, 0x1a, 1, 2);
        config.append(0x09, 7, 9, 0x34, 0x12, 1);
        config.append(0x09, 4, 9);
        config.place(0xf8, 0x09, 12, 9, 0x34, 0x12);
        assertThat(read().complete())
                .extracting(bad -> ((Malformed) bad).problem())
                .containsExactly(
                        "vendor_id 1af4 (expected: that of the device's maker)",
                        "cap_len 7 (expected: a multiple of 4, and 6 or more)",
                        "cap_len 4 (expected: a multiple of 4, and 6 or more)",
                        "its 12 bytes at 0xf8 run beyond 0xff");
    }

    @Test
    void vendorCapabilitiesOfOtherDevicesAreNotTakenForVirtios() {
        config.appendVirtio(1, 4, 0, 0, 0x40);
        assertThat(CapabilityList.read(config, false).complete())
                .singleElement()
                .isEqualTo(new Other(0x40, 0x09, "vendor-specific"));
    }

    @Test
    void theWalkEndsOnAnyBytes() {
        Random random = new Random(20260408);
        for (int round = 0; round < 2000; round++) {
            ScriptedConfigSpace noise = new ScriptedConfigSpace(0x1af4, 0x1041);
            for (int offset = 0x34; offset < 256; offset++) {
                noise.poke(offset, random.nextInt(256));
            }
            noise.poke(0x06, 0x10);
            assertThat(CapabilityList.read(noise, true).found()).hasSizeLessThanOrEqualTo(48);
        }
    }

    private CapabilityList read() {
        return CapabilityList.read(config, true);
    }
}
