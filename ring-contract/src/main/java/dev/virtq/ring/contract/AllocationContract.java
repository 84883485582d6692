package dev.virtq.ring.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.queue.TransferToken;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a transfer costs the heap. It depends on what the compiler has seen in this JVM before, so a
 * build gives it one of its own (the tag {@code measuring}).
 */
@Timeout(60)
public abstract class AllocationContract implements RingUnderTest {
    /** For the tests of a format. */
    protected AllocationContract() {}

    @Tag("measuring")
    @ParameterizedTest
    @CsvSource({
        "false, false, false",
        "true, false, false",
        "false, true, false",
        "true, true, false",
        "false, false, true",
        "false, true, true",
        "true, true, true"
    })
    void aTransferThatGoesRoundAllocatesNothing(
            boolean indirect, boolean eventIndex, boolean inOrder) {
        FeatureSet accepted = FeatureSet.EMPTY;
        accepted = indirect ? accepted.with(CommonFeature.INDIRECT_DESC) : accepted;
        accepted = eventIndex ? accepted.with(CommonFeature.EVENT_IDX) : accepted;
        accepted = inOrder ? accepted.with(CommonFeature.IN_ORDER) : accepted;
        LoopQueue hot = new LoopQueue(format(), sizeFrom(8), accepting(accepted), Duration.ZERO);
        TransferToken token = hot.prepare(8, 8);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = Long.MAX_VALUE;
        // What the interpreter and the first compiler allocate is not what a program pays for long.
        for (int attempt = 0; attempt < 20 && allocated > 1000; attempt++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1_000_000; i++) {
                LoopQueue.fill(token, i);
                token.submit();
                hot.queue.flush();
                hot.device.take();
                hot.device.use(hot.device.chain().id(), 8);
                hot.device.publish();
                hot.device.driverWantsNotification();
                Objects.requireNonNull(hot.queue.poll()).receivedLength();
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(allocated).as("bytes in a million transfers").isLessThanOrEqualTo(1000);
    }
}
