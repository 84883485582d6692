package dev.virtq.transport.pci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.Doorbell;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.Interrupt;
import dev.virtq.testing.Clause;
import dev.virtq.transport.pci.PciBar.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Registers whose BAR is not reached, by way of the configuration space. The scripted capability
 * fails a test that goes there in another way than is allowed.
 */
@Timeout(20)
class ConfigAccessTest {
    private final ScriptedFunction function = ScriptedFunction.honest();
    private final ScriptedVirtio device = function.device;

    @Test
    @Clause({"4.1.4.9.2#1", "4.1.4.9.2#2"})
    void aDeviceWhoseBarsAreNotReachedIsDrivenThroughItsConfigurationSpace() {
        hide(1, 4);
        device.offer(CommonFeature.RING_RESET.bit());
        VirtioPciTransport transport = function.open();
        FeatureSet features = transport.readOfferedFeatures();
        transport.writeAcceptedFeatures(features);
        transport.writeStatus(0x0b);
        assertThat(transport.readStatus()).isEqualTo(0x0b);
        assertThat(device.accepted).containsExactly(0, 1 | 1 << 8, 0, 0);

        Doorbell doorbell = transport.enableQueue(1, SetUpTest.setup(64)).doorbell();
        assertThat(device.queue(1).size).isEqualTo(64);
        assertThat(device.queue(1).address(2)).isEqualTo(0x1_0000_3000L);
        assertThat(device.queue(1).enable).isEqualTo(1);
        doorbell.ring(7);
        assertThat(device.doorbells)
                .as("the device has it when the call returns")
                .containsExactly(new ScriptedVirtio.Doorbell(4, 2, 1, false));
        transport.resetQueue(1);
        assertThat(device.queue(1).enable).isZero();

        transport.configSpace().writeByte(0x15, (byte) 0x5a); // at an odd place
        transport.configSpace().writeShort(0x16, (short) 0x1234);
        assertThat(device.deviceConfig[0x15]).isEqualTo((byte) 0x5a);
        assertThat(transport.configSpace().readByte(0x15)).isEqualTo((byte) 0x5a);
        assertThat(transport.configSpace().readShort(0x16)).isEqualTo((short) 0x1234);
        assertThat(transport.configSpace().readInt(0x14)).isEqualTo(0x1234_5a00);
    }

    @Test
    void notificationsWith32BitsGoThereToo() {
        hide(4);
        VirtioPciTransport transport = function.open();
        transport.writeAcceptedFeatures(FeatureSet.of(CommonFeature.NOTIFICATION_DATA));
        transport.enableQueue(2, SetUpTest.setup(64)).doorbell().ring(0x8001);
        assertThat(device.doorbells)
                .containsExactly(new ScriptedVirtio.Doorbell(8, 4, 0x8001_0002, false));
    }

    @Test
    @Clause("4.1.4.9.2#2")
    void aTableOfMessagesIsNoStructureSoTheIsrStatusIsPolled() {
        hide(1, 4);
        function.config.poke(0x43, 0x80); // somebody left MSI-X on
        VirtioPciTransport transport = function.open();
        Interrupt queue = transport.enableQueue(0, SetUpTest.setup(64)).interrupt();
        assertThat(function.config.peek(0x43)).isZero();
        assertThat(function.messages).isEmpty();
        assertThat(device.queue(0).vector).isEqualTo(0xffff);
        function.notifyQueue(0);
        assertThat(queue.poll()).isTrue();
        assertThat(queue.poll()).isFalse();
        function.notifyConfig();
        assertThat(transport.configInterrupt().poll()).isTrue();
        assertThat(device.isrReads).as("one read for each look").isEqualTo(3);
    }

    @Test
    void messagesAreUsedWhereOnlyTheTableIsReached() {
        hide(4);
        VirtioPciTransport transport = function.open();
        Interrupt queue = transport.enableQueue(0, SetUpTest.setup(64)).interrupt();
        assertThat(device.queue(0).vector).isEqualTo(1);
        function.notifyQueue(0);
        assertThat(queue.poll()).isTrue();
        assertThat(device.isrReads).isZero();
    }

    @Test
    void whatIsReachedIsNotGoneRoundAbout() {
        VirtioPciTransport transport = function.open();
        transport.enableQueue(0, SetUpTest.setup(64)).doorbell().ring(0);
        assertThat(function.access.accesses).isZero();

        ScriptedFunction mixed = ScriptedFunction.bare();
        mixed.bars.add(new PciBar(2, Kind.MEMORY_64, true, 0x9_0000_0000L, 0x4000));
        mixed.config.appendVirtio(2, 2, 0, 0, 0x1000, 4); // not reached, and the first
        mixed.unreachedBars.add(2);
        mixed.appendStructures();
        mixed.open().enableQueue(0, SetUpTest.setup(64)).doorbell().ring(0);
        assertThat(mixed.device.doorbells).hasSize(1);
        assertThat(mixed.access.accesses).isZero();
    }

    /** Each access is four, and those of two threads must not mix. */
    @Test
    void manyThreadsGoThereAtOnce() throws Exception {
        hide(4);
        VirtioPciTransport transport = function.open();
        List<Doorbell> doorbells = new ArrayList<>();
        for (int queue = 0; queue < 3; queue++) {
            doorbells.add(transport.enableQueue(queue, SetUpTest.setup(64)).doorbell());
        }
        for (int i = 0; i < 64; i++) {
            device.deviceConfig[i] = (byte) i;
        }
        int rounds = 3000;
        try (ExecutorService threads = Executors.newFixedThreadPool(5)) {
            List<Future<?>> work = new ArrayList<>();
            for (Doorbell doorbell : doorbells) {
                work.add(
                        threads.submit(() -> {
                            for (int i = 0; i < rounds; i++) {
                                doorbell.ring(i);
                            }
                        }));
            }
            for (int thread = 0; thread < 2; thread++) {
                int first = thread;
                work.add(
                        threads.submit(() -> {
                            for (int i = 0; i < rounds; i++) {
                                int at = (first + i) % 64;
                                assertThat(transport.configSpace().readByte(at))
                                        .isEqualTo((byte) at);
                            }
                        }));
            }
            for (Future<?> done : work) {
                done.get();
            }
        }
        List<ScriptedVirtio.Doorbell> expected = new ArrayList<>();
        for (int queue = 0; queue < 3; queue++) {
            expected.addAll(
                    Collections.nCopies(
                            rounds, new ScriptedVirtio.Doorbell(4 * queue, 2, queue, false)));
        }
        assertThat(device.doorbells).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    @Clause("4.1.4.9.2#2")
    void nothingOutsideAStructureIsAccessed() {
        hide(4);
        VirtioPciTransport transport = function.open();
        int before = function.access.accesses;
        for (int at : IntStream.of(-4, 64, 0x1000, Integer.MAX_VALUE - 3).toArray()) {
            assertThatThrownBy(() -> transport.configSpace().readInt(at))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
        assertThatThrownBy(() -> transport.configSpace().readInt(2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("aligned");
        assertThat(function.access.accesses).isEqualTo(before);
    }

    @Test
    void whatAnOffsetOf32BitsCannotSayIsNotReached() {
        ScriptedFunction far = ScriptedFunction.bare();
        far.bars.set(1, new PciBar(4, Kind.MEMORY_64, true, 0, 0x4_0000_0000L));
        far.config.appendVirtio(2, 4, 0, 0xffff_f000L, 0x4000, 0x800);
        far.appendStructures();
        far.unreachedBars.add(4);
        VirtioPciTransport transport = far.open();
        transport.enableQueue(1, SetUpTest.setup(64));
        assertThatThrownBy(() -> transport.enableQueue(2, SetUpTest.setup(64)))
                .isInstanceOfSatisfying(
                        DeviceFaultException.class,
                        fault -> assertThat(fault.clause()).isEqualTo("4.1.4.4.1#5"))
                .hasMessageContaining("up to 0x1000");
    }

    @Test
    void withoutTheCapabilityTheErrorSaysThatTheBarIsNotReached() {
        ScriptedFunction plain = ScriptedFunction.bare();
        plain.config.appendVirtio(1, 4, 0, 0, 0x40);
        plain.unreachedBars.add(4);
        assertThatThrownBy(plain::open)
                .isInstanceOfSatisfying(
                        DeviceFaultException.class,
                        fault -> assertThat(fault.clause()).isEqualTo("4.1.4.3.1#2"))
                .hasMessageContaining("which the machine does not reach");
    }

    @Test
    @Clause("4.1.4.1#4")
    void aCapabilityThatCannotBeUsedIsAsIfItWereNotThere() {
        ScriptedFunction reserved = ScriptedFunction.bare();
        reserved.config.appendVirtio(1, 4, 0, 0, 0x40);
        reserved.config.appendVirtio(5, 6, 0, 0, 0, 0);
        reserved.config.append(0x09, 16, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0); // without data
        reserved.unreachedBars.add(4);
        assertThatThrownBy(reserved::open)
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("which the machine does not reach");
    }

    @Test
    void aFunctionThatIsGoneIsNoticedThere() {
        hide(1, 4);
        VirtioPciTransport transport = function.open();
        function.config.unplug();
        assertThatThrownBy(transport::readStatus)
                .isInstanceOf(DeviceLostException.class)
                .hasMessageContaining("all ones");
    }

    @Test
    void aDescriptionDoesNotReadATableThatIsNotReached() {
        function.open();
        hide(1, 4);
        assertThat(PciDescription.of(function).problems()).isEmpty();
        assertThat(function.access.accesses).isZero();
    }

    private void hide(int... bars) {
        for (int bar : bars) {
            function.unreachedBars.add(bar);
        }
    }
}
