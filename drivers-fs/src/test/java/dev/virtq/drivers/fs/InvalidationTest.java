package dev.virtq.drivers.fs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceType;
import dev.virtq.drivers.fs.fuse.FileSystemFeature;
import dev.virtq.drivers.fs.fuse.FuseFlag;
import dev.virtq.drivers.fs.fuse.FuseNotification.Counts;
import dev.virtq.drivers.fs.fuse.FuseTracer;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimFileSystem;
import dev.virtq.machine.sim.SimMachine;
import dev.virtq.machine.sim.SimShare;
import dev.virtq.machine.sim.hostile.Mischief;
import dev.virtq.machine.sim.hostile.NotificationLie;
import dev.virtq.testing.Clause;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A server that says that everything is valid for an hour, and tells what is not so any more.
 * Somebody else changes the same files through a machine of its own.
 */
@Timeout(60)
@ParameterizedClass
@EnumSource(SimulatedShareTest.Ring.class)
class InvalidationTest {
    private static final long ROOT = 1;
    private static final int BUFFER = 512;
    private static final int MANY = 1000;
    private static final Duration HOUR = Duration.ofHours(1);
    private static final int LOOKS = 100;

    private final SimulatedShareTest.Ring ring;
    private final SimMachine machine;
    private final SimMachine otherMachine;
    private final VirtioFileSystem share;
    private final VirtioFileSystem other;
    private final SimShare server;

    InvalidationTest(SimulatedShareTest.Ring ring) throws IOException {
        this.ring = ring;
        SimFileSystem files = SimDevice.fileSystem().trusted(HOUR, HOUR);
        machine = machine(files.withNotifications(BUFFER).withRequestQueues(2));
        otherMachine = machine(files);
        share = mount(machine, ring.options());
        other = mount(otherMachine, MountOptions.DEFAULT.withoutCache());
        server = machine.share("fs0");
    }

    @AfterEach
    void close() {
        share.close();
        other.close();
        machine.close();
        otherMachine.close();
    }

    private static SimMachine machine(SimFileSystem files) {
        return SimMachine.builder().memory(32L << 20).device(files).start();
    }

    private static VirtioFileSystem mount(SimMachine machine, MountOptions options)
            throws IOException {
        return VirtioFileSystem.mount(machine.transport(DeviceType.FILE_SYSTEM), options);
    }

    private Counts counts() {
        return share.client().connection().notificationCounts();
    }

    private void await(Predicate<Counts> enough) throws InterruptedException {
        while (!enough.test(counts())) {
            Thread.sleep(1); // the test's own time is the limit
        }
    }

    private void assertStillServed() throws IOException {
        assertThat(share.client().connection().device().failure()).isEmpty();
        Files.writeString(share.getPath("/alive"), "yes");
        assertThat(Files.readString(share.getPath("/alive"))).isEqualTo("yes");
    }

    /** {@return the number of the only node that is known but the root} */
    private long node() {
        assertThat(server.lookups()).hasSize(1);
        return server.lookups().keySet().iterator().next();
    }

    @Test
    @Clause("5.11.6.3.1#1")
    void aStaleAttributeIsSeenUntilTheServerTells() throws Exception {
        Files.writeString(other.getPath("/file"), "four");
        assertThat(Files.size(share.getPath("/file"))).isEqualTo(4);
        assertThat(Files.size(share.getPath("/file"))).isEqualTo(4); // and from now on believed
        Files.writeString(other.getPath("/file"), "longer");
        assertThat(Files.size(share.getPath("/file"))).as("without a notification").isEqualTo(4);
        server.invalidateInode(node(), -1, 0);
        await(counts -> counts.told() == 1);
        assertThat(Files.size(share.getPath("/file"))).isEqualTo(6);
    }

    @Test
    void aStaleNameIsSeenUntilTheServerTells() throws Exception {
        Path name = share.getPath("/name");
        Files.writeString(other.getPath("/name"), "four");
        assertThat(Files.size(name)).isEqualTo(4);
        assertThat(Files.size(name)).isEqualTo(4);
        Files.move(other.getPath("/name"), other.getPath("/moved"));
        assertThat(Files.size(name)).as("without a notification").isEqualTo(4);
        server.invalidateEntry(ROOT, "name".getBytes(UTF_8));
        await(counts -> counts.told() == 1);
        assertThatThrownBy(() -> Files.size(name)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void aNameThatOnlyExpiredIsLookedUpAgain() throws Exception {
        assertThat(share.client().session().has(FuseFlag.HAS_EXPIRE_ONLY)).isTrue();
        Path name = share.getPath("/name");
        Files.writeString(other.getPath("/name"), "four");
        assertThat(Files.size(name)).isEqualTo(4);
        Files.move(other.getPath("/name"), other.getPath("/moved"));
        Files.writeString(other.getPath("/name"), "another");
        server.expireEntry(ROOT, "name".getBytes(UTF_8));
        await(counts -> counts.told() == 1);
        assertThat(Files.size(name)).isEqualTo(7);
    }

    @Test
    void aDeletedNameIsGoneAndItsNodeIsForgotten() throws Exception {
        Path name = share.getPath("/name");
        Files.writeString(other.getPath("/name"), "four");
        assertThat(Files.size(name)).isEqualTo(4);
        Files.delete(other.getPath("/name"));
        assertThat(Files.exists(name)).as("without a notification").isTrue();
        server.deleteEntry(ROOT, node(), "name".getBytes(UTF_8));
        await(counts -> counts.told() == 1);
        assertThat(Files.exists(name)).isFalse();
        assertForgotten();
    }

    @Test
    void withANewEpochNoNameStandsForWhatItDid() throws Exception {
        List<String> names = List.of("/a", "/b", "/c");
        for (String name : names) {
            Files.writeString(other.getPath(name), "text");
            assertThat(Files.size(share.getPath(name))).isEqualTo(4);
            Files.delete(other.getPath(name));
            assertThat(Files.exists(share.getPath(name))).isTrue();
        }
        server.incrementEpoch();
        await(counts -> counts.told() == 1);
        for (String name : names) {
            assertThat(Files.exists(share.getPath(name))).isFalse();
        }
        assertForgotten();
    }

    @Test
    void whatTheServerPrunesIsForgottenWhereNobodyUsesIt() throws Exception {
        Files.writeString(other.getPath("/file"), "four");
        assertThat(Files.size(share.getPath("/file"))).isEqualTo(4);
        server.prune(node(), 4711);
        await(counts -> counts.told() == 1);
        assertForgotten();
        assertThat(Files.size(share.getPath("/file"))).isEqualTo(4);
        try (var in = Files.newInputStream(share.getPath("/file"))) {
            server.prune(node());
            await(counts -> counts.told() == 2);
            assertThat(in.readAllBytes()).hasSize(4);
        }
    }

    private void assertForgotten() throws InterruptedException {
        while (!server.lookups().isEmpty()) {
            Thread.sleep(1); // the server is told a moment later
        }
    }

    @Test
    @Clause("5.11.6.3.1#2")
    void anyNumberIsTakenForEachBufferGoesBackAtOnce() throws Exception {
        for (int i = 0; i < MANY; i++) {
            server.invalidateInode(ROOT, 0, 0);
        }
        await(counts -> counts.told() == MANY);
        assertStillServed();
    }

    @Test
    void notificationsAboutWhatNobodyKnowsChangeNothing() throws Exception {
        server.invalidateInode(4711, 0, 0);
        server.invalidateEntry(4711, "name".getBytes(UTF_8));
        server.invalidateEntry(ROOT, new byte[] {(byte) 0xff, '\n'});
        server.deleteEntry(4711, 4712, "name".getBytes(UTF_8));
        server.prune();
        await(counts -> counts.told() == 5);
        assertStillServed();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 5, 7, 10, Integer.MAX_VALUE})
    void whatIsNotDoneHereIsCountedAndPassedOver(int code) throws Exception {
        server.tell(code, new byte[40]);
        await(counts -> counts.unserved() == 1);
        assertThat(counts()).isEqualTo(new Counts(0, 1, 0));
        assertStillServed();
    }

    @ParameterizedTest
    @EnumSource(
            value = NotificationLie.class,
            mode = EnumSource.Mode.MATCH_NONE,
            names = "BUFFERS_.*")
    void aLieIsCountedAndTheMountLivesOn(NotificationLie lie) throws Exception {
        Files.writeString(other.getPath("/file"), "four");
        assertThat(Files.size(share.getPath("/file"))).isEqualTo(4);
        machine.misbehave(lie);
        server.invalidateInode(node(), 0, 0);
        server.invalidateEntry(ROOT, "file".getBytes(UTF_8));
        server.deleteEntry(ROOT, node(), "file".getBytes(UTF_8));
        server.prune(1, 2, 3);
        await(counts -> counts.told() + counts.senseless() == 4);
        assertThat(counts().senseless()).isPositive();
        machine.misbehave(Mischief.NONE);
        assertStillServed();
        server.incrementEpoch();
        await(counts -> counts.told() + counts.senseless() == 5);
    }

    @ParameterizedTest
    @EnumSource(
            value = NotificationLie.class,
            mode = EnumSource.Mode.MATCH_ALL,
            names = "BUFFERS_.*")
    void buffersThatCannotBeAreRefusedWithTheReason(NotificationLie lie) {
        try (SimMachine lying =
                SimMachine.builder()
                        .memory(32L << 20)
                        .device(SimDevice.fileSystem().withNotifications(BUFFER))
                        .mischief(lie)
                        .start()) {
            assertThatThrownBy(() -> mount(lying, ring.options()))
                    .isInstanceOf(DeviceFaultException.class)
                    .hasMessageContaining("5.11.4.2#2")
                    .hasMessageContaining("notify_buf_size");
        }
    }

    @Test
    void requestQueuesBeginBehindTheNotificationQueue() throws Exception {
        assertThat(queuesUsed(share)).containsExactlyInAnyOrder(2, 3);
    }

    @Test
    void whoRefusesNotificationsHasNoQueueForThem() throws Exception {
        share.close();
        MountOptions options =
                MountOptions.DEFAULT.withFuse(
                        ring.options()
                                .fuse()
                                .refusing(
                                        ring.options()
                                                .fuse()
                                                .refused()
                                                .with(FileSystemFeature.NOTIFICATION)));
        try (VirtioFileSystem without = mount(machine, options)) {
            assertThat(without.client().connection().notifies()).isFalse();
            assertThat(queuesUsed(without)).containsExactlyInAnyOrder(1, 2);
            assertThat(without.client().session().has(FuseFlag.HAS_EXPIRE_ONLY)).isFalse();
        }
    }

    private static Set<Integer> queuesUsed(VirtioFileSystem mounted) throws IOException {
        Set<Integer> queues = ConcurrentHashMap.newKeySet();
        mounted.client().connection().trace(event -> queues.add(event.queue()));
        Files.writeString(mounted.getPath("/file"), "text");
        mounted.client().connection().trace(FuseTracer.NONE);
        return queues;
    }

    @Test
    void closingTheMountLeavesNoThreadAndNoBuffer() throws Exception {
        share.close();
        long before = machine.memory().available();
        VirtioFileSystem again = mount(machine, ring.options());
        assertThat(listening()).isEqualTo(1);
        Files.writeString(again.getPath("/file"), "text");
        server.invalidateInode(ROOT, 0, 0);
        again.close();
        assertThat(listening()).isZero();
        assertThat(machine.memory().available()).isEqualTo(before);
        assertThat(machine.memory().quarantined()).isZero();
    }

    @Test
    void whileNothingIsToldItsThreadSleeps() throws Exception {
        Thread listener = listeners().getFirst();
        int asleep = 0;
        for (int look = 0; look < LOOKS; look++) {
            Thread.sleep(5);
            asleep += listener.getState() == Thread.State.TIMED_WAITING ? 1 : 0;
        }
        assertThat(asleep).isGreaterThan(LOOKS * 9 / 10);
    }

    private static int listening() {
        return listeners().size();
    }

    private static List<Thread> listeners() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("virtq-fs-notifications"))
                .toList();
    }
}
