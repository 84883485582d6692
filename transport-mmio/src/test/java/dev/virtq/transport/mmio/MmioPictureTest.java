package dev.virtq.transport.mmio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.InterruptRoute;
import dev.virtq.device.RegisterGroup;
import dev.virtq.device.RegisterReading;
import dev.virtq.testing.Clause;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the device shows of itself to people. */
class MmioPictureTest {
    private final ScriptedSlot slot = ScriptedSlot.honest();
    private final ScriptedRegisters device = slot.device;
    private final VirtioMmioTransport transport = slot.open();

    @Test
    @Clause("4.2.2.2#1")
    void everyRegisterThatCanBeReadIsReadAndNoneWrittenButSelectors() {
        transport.enableQueue(1, MmioSetUpTest.setup(64));
        slot.event(1);
        device.accesses.clear();
        List<RegisterGroup> groups = transport.readRegisters();
        assertThat(groups)
                .extracting(RegisterGroup::name)
                .containsExactly("control registers", "queue 0", "queue 1", "queue 2");
        assertThat(device.accesses)
                .filteredOn(access -> access.startsWith("w"))
                .isSubsetOf("w014", "w030");
        assertThat(reading(groups.get(0), "MagicValue").value()).isEqualTo(0x74726976L);
        assertThat(reading(groups.get(0), "InterruptStatus").meaning()).isEqualTo("a used buffer");
        assertThat(reading(groups.get(1), "QueueReady").value()).isZero();
        assertThat(reading(groups.get(2), "QueueReady").value()).isEqualTo(1);
        assertThat(groups.get(2).registers())
                .extracting(RegisterReading::name)
                .doesNotContain("QueueReset"); // a register that comes with a feature
    }

    @Test
    void theLineIsTheWayToAttention() {
        slot.event(2);
        assertThat(transport.interruptRoutes())
                .containsExactly(
                        new InterruptRoute(
                                "line 5",
                                "all queues, configuration",
                                0,
                                false,
                                true,
                                "InterruptStatus is read when the line is up"));
        slot.listens = false;
        VirtioMmioTransport deaf = slot.open();
        assertThat(deaf.configInterrupt().poll()).isTrue();
        assertThat(deaf.interruptRoutes().getFirst().count()).isEqualTo(1);
        assertThat(deaf.interruptRoutes().getFirst().pending()).isFalse();
    }

    private static RegisterReading reading(RegisterGroup group, String name) {
        return group.registers().stream()
                .filter(register -> register.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
