package dev.virtq.transport.pci;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.transport.pci.PciCapability.Msix;
import dev.virtq.transport.pci.PciCapability.MsixEntry;
import dev.virtq.transport.pci.PciCapability.VirtioStructure;
import org.junit.jupiter.api.Test;

/** What people are shown of a function. */
class PciDescriptionTest {
    @Test
    void aDeviceInUseShowsItsStructuresAndItsVectors() {
        ScriptedFunction function = ScriptedFunction.honest();
        VirtioPciTransport transport = function.open();
        transport.enableQueue(0, SetUpTest.setup(64));
        function.msix.setPending(2);
        PciDescription description = PciDescription.of(function);
        assertThat(description.address()).isEqualTo("00:01.0");
        assertThat(description.kind()).isEqualTo("virtio net");
        assertThat(description.ids()).hasToString("1af4:1041");
        assertThat(description.ids().classCode()).isEqualTo(0x020000);
        assertThat(description.bars()).hasSize(2);
        assertThat(description.problems()).isEmpty();
        assertThat(description.capabilities())
                .hasSize(6)
                .element(1)
                .isEqualTo(
                        new VirtioStructure(
                                ScriptedFunction.COMMON_CAPABILITY,
                                9,
                                "virtio common configuration",
                                1,
                                4,
                                0,
                                0,
                                0x40,
                                null));
        Msix msix = (Msix) description.capabilities().getFirst();
        assertThat(msix.enabled()).isTrue();
        assertThat(msix.masked()).isFalse();
        assertThat(msix.entries())
                .hasSize(4)
                .contains(new MsixEntry(1, 0x1_0000_0040L, 8, false, false))
                .contains(new MsixEntry(2, 0, 0, true, true));
    }

    @Test
    void lookingChangesNothingAndASleepingFunctionsTableIsNotRead() {
        ScriptedFunction function = ScriptedFunction.honest();
        Msix msix = (Msix) PciDescription.of(function).capabilities().getFirst();
        assertThat(msix.entries()).isEmpty();
        assertThat(function.config.command()).isZero();
        assertThat(function.messages).isEmpty();
    }

    @Test
    void aBrokenDeviceIsShownWithItsProblems() {
        ScriptedFunction function = ScriptedFunction.bare();
        function.config.appendMsix(4, 1, 0xffd0, 1, 0x800);
        int position = function.config.append(0x09, 4, 1);
        function.config.poke(position + 1, 0x40);
        function.config.poke(0x04, 2);
        assertThat(PciDescription.of(function).problems())
                .satisfiesExactlyInAnyOrder(
                        problem -> assertThat(problem).contains("MSI-X table"),
                        problem -> assertThat(problem).contains("cap_len 4"),
                        problem -> assertThat(problem).contains("loop"));
    }

    @Test
    void aDeviceThatIsNotVirtioIsShown() {
        ScriptedFunction function = ScriptedFunction.honest();
        function.config.poke(0x01, 0x80);
        PciDescription description = PciDescription.of(function);
        assertThat(description.kind()).isEqualTo("not virtio");
        assertThat(description.capabilities()).hasSize(6);
    }
}
