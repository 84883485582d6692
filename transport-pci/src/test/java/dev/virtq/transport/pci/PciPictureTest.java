package dev.virtq.transport.pci;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.InterruptRoute;
import dev.virtq.device.RegisterGroup;
import dev.virtq.device.RegisterReading;
import dev.virtq.testing.Clause;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the device shows of itself to people. */
class PciPictureTest {
    private final ScriptedFunction function = ScriptedFunction.honest();
    private final VirtioPciTransport transport = function.open();

    @Test
    @Clause({"4.1.3.1#1", "4.1.4.3.2#1"})
    void everyRegisterIsReadByItsWidthAndTheIsrStatusLeftAlone() {
        transport.enableQueue(1, SetUpTest.setup(64));
        function.device.isr = 1;
        List<RegisterGroup> groups = transport.readRegisters();
        assertThat(groups)
                .extracting(RegisterGroup::name)
                .containsExactly(
                        "configuration header",
                        "common configuration",
                        "queue 0",
                        "queue 1",
                        "queue 2",
                        "ISR status");
        assertThat(reading(groups.get(3), "queue_size").value()).isEqualTo(64);
        assertThat(reading(groups.get(3), "queue_msix_vector").meaning())
                .isEqualTo("used buffers by vector 2");
        assertThat(reading(groups.get(3), "queue_desc").value()).isEqualTo(0x1_0000_1000L);
        assertThat(reading(groups.get(4), "queue_enable").value()).isZero();
        assertThat(groups.get(5).registers().getFirst().value()).isNull();
        assertThat(function.device.isrReads).isZero();
        assertThat(function.device.isr).isEqualTo(1);
        assertThat(groups.get(2).registers())
                .extracting(RegisterReading::name)
                .doesNotContain("queue_reset", "queue_notif_config_data");
    }

    @Test
    void registersThatComeWithFeaturesAreShownWithThem() {
        function.device.offer(CommonFeature.RING_RESET.bit());
        function.device.offer(CommonFeature.NOTIF_CONFIG_DATA.bit());
        transport.writeAcceptedFeatures(
                FeatureSet.of(
                        CommonFeature.VERSION_1,
                        CommonFeature.RING_RESET,
                        CommonFeature.NOTIF_CONFIG_DATA));
        assertThat(transport.readRegisters().get(2).registers())
                .extracting(RegisterReading::name)
                .contains("queue_reset", "queue_notif_config_data");
    }

    @Test
    void vectorsTellWhatTheyServeAndWhatIsHeldBack() {
        assertThat(transport.interruptRoutes())
                .extracting(InterruptRoute::masked)
                .containsExactly(true); // until the first queue is enabled
        transport.enableQueue(0, SetUpTest.setup(64));
        transport.writeStatus(0x0f);
        function.notifyQueue(0);
        assertThat(function.message(1).poll()).isTrue();
        List<InterruptRoute> routes = transport.interruptRoutes();
        assertThat(routes).extracting(InterruptRoute::name).containsExactly("vector 0", "vector 1");
        assertThat(routes)
                .extracting(InterruptRoute::serves)
                .containsExactly("configuration changes", "queue 0");
        assertThat(routes).extracting(InterruptRoute::count).containsExactly(0L, 1L);
        assertThat(routes).extracting(InterruptRoute::masked).containsExactly(false, false);
        function.msix.writeInt(16 + 12, 1); // somebody masks vector 1
        function.notifyQueue(0);
        InterruptRoute held = transport.interruptRoutes().get(1);
        assertThat(held.masked()).isTrue();
        assertThat(held.pending()).isTrue();
        assertThat(held.count()).isEqualTo(1);
    }

    @Test
    void aPinTellsOfItsLine() {
        ScriptedFunction plain = ScriptedFunction.withoutMsix();
        plain.line = plain.new Line();
        InterruptRoute route = plain.open().interruptRoutes().getFirst();
        assertThat(route.name()).isEqualTo("line 20");
        assertThat(route.count()).isEqualTo(3);
        assertThat(route.masked()).isFalse();
    }

    private static RegisterReading reading(RegisterGroup group, String name) {
        return group.registers().stream()
                .filter(register -> register.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
