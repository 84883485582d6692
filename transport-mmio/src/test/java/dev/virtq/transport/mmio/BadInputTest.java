package dev.virtq.transport.mmio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.VirtioDevice;
import dev.virtq.testing.BadInputRow;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of a device that has something wrong is what docs/transports.md says. */
@Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BadInputTest {
    private static final String WRITES_0_TO_THE_STATUS = "w070";

    private final ScriptedSlot slot = BadInput.honest();

    static List<BadInputRow> rows() throws IOException {
        return BadInputRow.of("mmio");
    }

    @ParameterizedTest
    @MethodSource("rows")
    void whatADeviceHasWrongIsSaidInTimeAndItIsLeftInOrder(BadInputRow row) {
        BadInput input = BadInput.valueOf(row.input());
        Throwable thrown = catchThrowable(() -> drive(row.since(), input));
        assertThat(thrown).isNotNull();
        assertThat(thrown.getClass().getSimpleName()).as("%s", thrown).isEqualTo(row.error());
        assertThat(thrown instanceof DeviceFaultException fault ? fault.clause() : "")
                .as("%s", thrown)
                .isEqualTo(row.clause());
        assertThat(thrown.getMessage()).as("one line").doesNotContain("\n");
        checkAfterwards(row);
    }

    private void checkAfterwards(BadInputRow row) {
        List<String> writes =
                slot.device.accesses.stream().filter(access -> access.startsWith("w")).toList();
        switch (row.afterwards()) {
            case "untouched" -> assertThat(writes).isEmpty();
            case "reset" -> {
                assertThat(writes).last().isEqualTo(WRITES_0_TO_THE_STATUS);
                assertThat(slot.device.status).isZero();
                assertThat(slot.device.queues.values())
                        .allSatisfy(queue -> assertThat(queue.ready).isZero());
            }
            case "kept" -> {
                assertThat(writes).last().isEqualTo(WRITES_0_TO_THE_STATUS);
                boolean knowsMemory = row.since().equals("running");
                assertThat(slot.memory.quarantined() > 0).isEqualTo(knowsMemory);
            }
            case "gone" -> assertThat(slot.device.removed).isTrue();
            default -> throw new AssertionError(row.afterwards());
        }
    }

    @Test
    void aDeviceThatHasNothingWrongIsDrivenToTheEnd() {
        drive("never", BadInput.REMOVED);
        assertThat(slot.device.status).isZero();
        assertThat(slot.memory.quarantined()).isZero();
    }

    @Test
    void everythingThatADeviceCanHaveWrongHasItsRow() throws IOException {
        assertThat(rows())
                .extracting(BadInputRow::input)
                .containsAll(Arrays.stream(BadInput.values()).map(Enum::name).toList());
    }

    private void drive(String since, BadInput input) {
        spoil("open", since, input);
        VirtioMmioTransport transport = slot.open();
        try (VirtioDevice device = VirtioDevice.open(transport)) {
            spoil("opened", since, input);
            device.negotiate(List.of());
            spoil("negotiated", since, input);
            device.queue(0);
            device.start();
            spoil("running", since, input);
            device.configurationChanges();
            device.failure()
                    .ifPresent(failure -> {
                        throw failure;
                    });
            device.config().u64(0);
            device.resetQueue(0);
            device.queue(0);
            device.reset();
        }
    }

    private void spoil(String now, String since, BadInput input) {
        if (now.equals(since)) {
            input.spoil(slot);
        }
    }
}
