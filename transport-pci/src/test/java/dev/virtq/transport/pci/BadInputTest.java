package dev.virtq.transport.pci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.VirtioDevice;
import dev.virtq.testing.BadInputRow;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of a function that has something wrong is what docs/transports.md says. */
@Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BadInputTest {
    private static final String WRITES_0_TO_THE_STATUS = "w1 0x14";

    private final ScriptedFunction function = BadInput.honest();

    static List<BadInputRow> rows() throws IOException {
        return BadInputRow.of("pci");
    }

    @ParameterizedTest
    @MethodSource("rows")
    void whatAFunctionHasWrongIsSaidInTimeAndItIsLeftInOrder(BadInputRow row) {
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
                function.device.accesses.stream().filter(access -> access.startsWith("w")).toList();
        switch (row.afterwards()) {
            case "untouched" -> {
                assertThat(writes).isEmpty();
                assertThat(function.msix.accesses).noneMatch(access -> access.startsWith("w"));
            }
            case "reset" -> {
                assertThat(writes).last().isEqualTo(WRITES_0_TO_THE_STATUS);
                assertThat(function.device.status).isZero();
                assertThat(function.device.queues.values())
                        .allSatisfy(queue -> assertThat(queue.enable).isZero());
            }
            case "kept" -> {
                assertThat(writes).last().isEqualTo(WRITES_0_TO_THE_STATUS);
                boolean knowsMemory = row.since().equals("running");
                assertThat(function.memory.quarantined() > 0).isEqualTo(knowsMemory);
                assertThat(function.messages.values())
                        .allSatisfy(
                                message -> assertThat(message.isClosed()).isEqualTo(!knowsMemory));
            }
            case "gone" -> assertThat(function.config.isUnplugged()).isTrue();
            default -> throw new AssertionError(row.afterwards());
        }
    }

    @Test
    void aFunctionThatHasNothingWrongIsDrivenToTheEnd() {
        drive("never", BadInput.REMOVED);
        assertThat(function.device.status).isZero();
        assertThat(function.memory.quarantined()).isZero();
    }

    @Test
    void everythingThatAFunctionCanHaveWrongHasItsRow() throws IOException {
        assertThat(rows())
                .extracting(BadInputRow::input)
                .containsAll(Arrays.stream(BadInput.values()).map(Enum::name).toList());
    }

    private void drive(String since, BadInput input) {
        spoil("open", since, input);
        VirtioPciTransport transport = VirtioPciTransport.open(function, Duration.ofMillis(20));
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
            input.spoil(function);
        }
    }
}
