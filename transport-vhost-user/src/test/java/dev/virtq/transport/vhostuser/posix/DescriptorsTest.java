package dev.virtq.transport.vhostuser.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** File descriptors of this system, and what comes of them in an exception. */
@Timeout(30)
class DescriptorsTest {
    private static final long BYTES = 1 << 16;

    @TempDir private Path folder;

    @Test
    void twoMappingsOfAMemoryFileShareItsBytes() throws Exception {
        MemoryFile file = MemoryFile.create(BYTES, false);
        assertThat(file.size()).isEqualTo(BYTES);
        MemorySegment one = file.map(BYTES);
        MemorySegment other = file.map(4096, BYTES - 4096);
        one.set(ValueLayout.JAVA_LONG, 4096 + 8, 42);
        assertThat(other.get(ValueLayout.JAVA_LONG, 8)).isEqualTo(42);
        file.close();
        other.set(ValueLayout.JAVA_LONG, 16, 43); // a mapping outlives the file
        assertThat(one.get(ValueLayout.JAVA_LONG, 4096 + 16)).isEqualTo(43);
        assertThatThrownBy(() -> file.map(BYTES))
                .isInstanceOf(PosixException.class)
                .hasMessageContaining("use after close: EBADF");
    }

    @Test
    void aMemoryFileOfNoSizeCannotBeMapped() throws Exception {
        try (MemoryFile file = MemoryFile.create(0, false)) {
            assertThatThrownBy(() -> file.map(0))
                    .isInstanceOf(PosixException.class)
                    .hasMessageContaining("mmap of 0 bytes: EINVAL");
        }
    }

    @Test
    void anEventIsTakenOnce() throws Exception {
        EventFd event = EventFd.create();
        assertThat(event.take()).isFalse();
        assertThat(Poll.isReady(event, Poll.READABLE, 0)).isFalse();
        event.signal();
        event.signal();
        assertThat(Poll.isReady(event, Poll.READABLE, 0)).isTrue();
        assertThat(event.take()).isTrue();
        assertThat(event.take()).isFalse();
        event.close();
        event.close();
        assertThat(event.isOpen()).isFalse();
        assertThatThrownBy(event::signal).hasMessageContaining("EBADF");
        assertThatThrownBy(event::take).hasMessageContaining("EBADF");
    }

    @Test
    void aFullCounterBlocksNobody() throws Exception {
        try (EventFd event = EventFd.create()) {
            event.fill();
            assertThat(Poll.isReady(event, Poll.WRITABLE, 0)).isFalse();
            event.signal();
            assertThat(event.take()).isTrue();
            assertThat(event.take()).isFalse();
        }
    }

    /** Whoever has received it can do that, and it holds for this side, too. */
    @Test
    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aCounterThatBlocksBlocksNobody() throws Exception {
        try (EventFd event = EventFd.create()) {
            event.block();
            assertThat(event.take()).isFalse();
            event.fill();
            event.signal();
            assertThat(event.take()).isTrue();
            assertThat(event.take()).isFalse();
        }
    }

    @Test
    void nobodyCutsAMemoryFileOff() throws Exception {
        try (MemoryFile file = MemoryFile.create(BYTES, false)) {
            MemorySegment mapped = file.map(BYTES);
            for (long other : new long[] {0, 4096, BYTES - 4096, 2 * BYTES}) {
                assertThatThrownBy(() -> Posix.ftruncate(file.number(), other))
                        .isInstanceOf(PosixException.class)
                        .hasMessage("ftruncate: EPERM");
            }
            assertThatThrownBy(() -> Posix.fcntl(file.number(), 1033, 8)) // F_SEAL_WRITE
                    .hasMessage("fcntl: EPERM");
            mapped.set(ValueLayout.JAVA_BYTE, BYTES - 1, (byte) 1);
        }
    }

    @Test
    void whatCannotBeMappedIsAnError() throws Exception {
        try (MemoryFile file = MemoryFile.create(BYTES, false)) {
            assertThatThrownBy(() -> file.map(1L << 60))
                    .hasMessage("mmap of %d bytes: ENOMEM", 1L << 60);
            assertThatThrownBy(() -> file.map(1, 4096)).hasMessage("mmap of 4096 bytes: EINVAL");
        }
        int sealed =
                Posix.memfdCreate(Arena.ofAuto().allocateFrom("virtq"), 2); // MFD_ALLOW_SEALING
        try (MemoryFile file = new MemoryFile(sealed)) {
            Posix.ftruncate(sealed, BYTES);
            Posix.fcntl(sealed, 1033, 8); // F_SEAL_WRITE
            assertThatThrownBy(() -> file.map(BYTES)).hasMessage("mmap of %d bytes: EPERM", BYTES);
        }
        try (MemoryFile noFile = new MemoryFile(Posix.eventfd(0))) {
            assertThatThrownBy(() -> noFile.map(4096)).hasMessage("mmap of 4096 bytes: ENODEV");
        }
    }

    @Test
    void descriptorsTravelOverASocket() throws Exception {
        List<UnixSocket> pair = UnixSocket.pair();
        try (UnixSocket one = pair.get(0);
                UnixSocket other = pair.get(1);
                EventFd event = EventFd.create();
                MemoryFile file = MemoryFile.create(BYTES, false);
                Arena arena = Arena.ofConfined()) {
            assertThat(one.peerProcess()).isEqualTo((int) ProcessHandle.current().pid());
            assertThat(one.send(arena.allocate(3), List.of(event, file))).isEqualTo(3);
            MemorySegment target = arena.allocate(8);
            try (ReceivedDescriptors received = new ReceivedDescriptors()) {
                assertThat(other.receive(target, received)).isEqualTo(3);
                assertThat(received.count()).isEqualTo(2);
                try (EventFd same = EventFd.of(received);
                        MemoryFile sameFile = received.takeMemory()) {
                    event.signal();
                    assertThat(same.take()).isTrue();
                    file.map(BYTES).set(ValueLayout.JAVA_INT, 0, 7);
                    assertThat(sameFile.map(BYTES).get(ValueLayout.JAVA_INT, 0)).isEqualTo(7);
                }
            }
        }
    }

    @Test
    void moreDescriptorsThanThereIsRoomForAreAnErrorAndAreClosed() throws Exception {
        List<UnixSocket> pair = UnixSocket.pair();
        List<EventFd> events = new ArrayList<>();
        try (UnixSocket one = pair.get(0);
                UnixSocket other = pair.get(1);
                Arena arena = Arena.ofConfined();
                ReceivedDescriptors received = new ReceivedDescriptors()) {
            for (int i = 0; i <= ReceivedDescriptors.MOST + 1; i++) {
                events.add(EventFd.create());
            }
            one.send(arena.allocate(1), events);
            assertThatThrownBy(() -> other.receive(arena.allocate(1), received))
                    .isInstanceOf(PosixException.class)
                    .hasMessageContaining("more descriptors than anybody may send: EMSGSIZE");
            assertThat(received.count()).isLessThanOrEqualTo(ReceivedDescriptors.MOST + 1);
        } finally {
            events.forEach(EventFd::close);
        }
    }

    @Test
    void aShutdownReleasesWhoeverWaits() throws Exception {
        List<UnixSocket> pair = UnixSocket.pair();
        try (UnixSocket one = pair.get(0);
                UnixSocket other = pair.get(1);
                Arena arena = Arena.ofConfined();
                ReceivedDescriptors received = new ReceivedDescriptors()) {
            Thread later =
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    Thread.sleep(Duration.ofMillis(50));
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                                one.shutdown();
                                one.shutdown();
                            });
            assertThat(Poll.isReady(one, Poll.HUNG_UP, 20_000)).isTrue();
            assertThat(other.receive(arena.allocate(1), received)).isZero();
            assertThatThrownBy(() -> other.send(arena.allocate(1), List.of()))
                    .hasMessageContaining("EPIPE");
            later.join();
        }
        pair.get(0).shutdown(); // closed: nothing to do
    }

    @Test
    void theFirstOfSeveralIsSeen() throws Exception {
        try (EventFd one = EventFd.create();
                EventFd other = EventFd.create()) {
            Poll.Wish[] wishes = {
                new Poll.Wish(one, Poll.READABLE), new Poll.Wish(other, Poll.READABLE)
            };
            assertThat(Poll.first(0, wishes)).containsExactly(0, 0);
            other.signal();
            assertThat(Poll.first(20_000, wishes)).containsExactly(0, Poll.READABLE);
        }
    }

    @Test
    void nobodyListensAndNobodyMayListenTwice() throws Exception {
        Path path = folder.resolve("socket");
        assertThatThrownBy(() -> UnixSocket.connect(path)).hasMessage("connect: ENOENT");
        try (UnixSocket listening = UnixSocket.listen(path)) {
            assertThatThrownBy(() -> UnixSocket.listen(path)).hasMessage("bind: EADDRINUSE");
            try (UnixSocket near = UnixSocket.connect(path);
                    UnixSocket far = listening.accept()) {
                assertThat(near.isOpen() && far.isOpen()).isTrue();
                assertThatThrownBy(listening::accept).hasMessage("accept: EAGAIN");
            }
        }
        assertThatThrownBy(() -> UnixSocket.connect(path)).hasMessage("connect: ECONNREFUSED");
    }

    @Test
    void aPathMayHave107Bytes() throws Exception {
        int left = 107 - folder.toString().length() - 1;
        Path longest = folder.resolve("s".repeat(left));
        try (UnixSocket listening = UnixSocket.listen(longest);
                UnixSocket near = UnixSocket.connect(longest)) {
            assertThat(listening.isOpen() && near.isOpen()).isTrue();
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> UnixSocket.connect(folder.resolve("s".repeat(left + 1))))
                .withMessageContaining("has 108 bytes (expected: at most 107)");
    }

    @Test
    void aProcessIsWatchedUntilItsEnd() throws Exception {
        Process process = new ProcessBuilder("sleep", "30").start();
        try (ProcessWatch watch = ProcessWatch.of((int) process.pid())) {
            assertThat(watch.hasEnded()).isFalse();
            process.destroyForcibly().waitFor();
            assertThat(watch.hasEnded()).isTrue();
        }
    }

    @Test
    void anErrorHasItsName() {
        assertThat(Errno.name(111)).isEqualTo("ECONNREFUSED");
        assertThat(Errno.name(12)).isEqualTo("ENOMEM");
        assertThat(Errno.name(9999)).isEqualTo("errno 9999");
    }
}
