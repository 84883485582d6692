package dev.virtq.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceLostException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class QtestClientTest {
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration LONG = Duration.ofSeconds(10);

    /** A client of a script that starts after the greeting that every client does. */
    private static final class Fixture implements AutoCloseable {
        final ScriptedServer server;
        final QtestClient client;

        Fixture(Duration timeout, ScriptedServer.Script script) throws IOException {
            server =
                    new ScriptedServer(conversation -> {
                        conversation.expect("endianness", "OK little\n");
                        script.play(conversation);
                    });
            client = QtestClient.connect(server.path(), timeout);
        }

        @Override
        public void close() throws IOException {
            client.close();
            server.close();
        }
    }

    @Test
    void accessesAreWrittenAsTheProtocolWantsThem() throws Exception {
        try (Fixture qemu =
                new Fixture(
                        LONG,
                        script -> {
                            script.expect("readb 0x0", "OK 0x00000000000000ff\n");
                            script.expect("readw 0x10", "OK 0xffff\n");
                            script.expect("readl 0xfed00000", "OK 0x0000000080000001\n");
                            script.expect("readq 0xfffffffffffffff8", "OK 0xffffffffffffffff\n");
                            script.expect("writeb 0x1 0xff", "OK\n");
                            script.expect("writew 0x2 0x0", "OK\n");
                            script.expect("writel 0x4 0xffffffff", "OK\n");
                            script.expect("writeq 0x8 0x8000000000000000", "OK\n");
                            script.expect("inw 0xcf8", "OK 0x1234\n");
                            script.expect("outl 0xfffc 0x80000000", "OK\n");
                            script.expect("irq_intercept_in ioapic", "OK\n");
                        })) {
            assertThat(qemu.client.readb(0)).isEqualTo(0xff);
            assertThat(qemu.client.readw(0x10)).isEqualTo(0xffff);
            assertThat(qemu.client.readl(0xfed0_0000L)).isEqualTo(0x8000_0001);
            assertThat(qemu.client.readq(-8)).isEqualTo(-1);
            qemu.client.writeb(1, 0xff);
            qemu.client.writew(2, 0);
            qemu.client.writel(4, -1);
            qemu.client.writeq(8, Long.MIN_VALUE);
            assertThat(qemu.client.ports().in(0xcf8, 2)).isEqualTo(0x1234);
            qemu.client.ports().out(0xfffc, 4, 0x8000_0000);
            qemu.client.interceptInterrupts("ioapic");
        }
    }

    @Test
    void memoryTravelsInHexAndInBase64() throws Exception {
        MemorySegment data = MemorySegment.ofArray("virtq".getBytes(StandardCharsets.UTF_8));
        MemorySegment target = MemorySegment.ofArray(new byte[5]);
        try (Fixture qemu =
                new Fixture(
                        LONG,
                        script -> {
                            script.expect("write 0x100 0x5 0x7669727471", "OK\n");
                            script.expect("b64write 0x100 0x5 dmlydHE=", "OK\n");
                            script.expect("read 0x100 0x5", "OK 0x7669727471\n");
                            script.expect("b64read 0x100 0x5", "OK dmlydHE=\n");
                        })) {
            qemu.client.memory().write(0x100, data);
            qemu.client.memory().b64write(0x100, data);
            qemu.client.memory().read(0x100, target);
            assertThat(target.mismatch(data)).isEqualTo(-1);
            target.fill((byte) 0);
            qemu.client.memory().b64read(0x100, target);
            assertThat(target.mismatch(data)).isEqualTo(-1);
        }
    }

    @Test
    void interruptReportsBetweenAnswersAreSetAside() throws Exception {
        List<String> heard = new ArrayList<>();
        try (Fixture qemu =
                new Fixture(
                        LONG,
                        script ->
                                script.expect(
                                        "readl 0x0",
                                        "IRQ raise 22\nIRQ lower 22\nIRQ raise 22\nIRQ raise"
                                                + " 0\nIRQ lower 0\nOK 0x7\n"))) {
            qemu.client
                    .interrupts()
                    .onChange((line, raised) -> heard.add(line + (raised ? "+" : "-")));
            assertThat(qemu.client.readl(0)).isEqualTo(7);
            assertThat(qemu.client.interrupts().isRaised(22)).isTrue();
            assertThat(qemu.client.interrupts().rises(22)).isEqualTo(2);
            assertThat(qemu.client.interrupts().isRaised(0)).isFalse();
            assertThat(heard).containsExactly("22+", "22-", "22+", "0+", "0-");
        }
    }

    @Test
    void aListenerThatUsesItsClientOrFailsDoesNoHarm() throws Exception {
        List<String> heard = new ArrayList<>();
        try (Fixture qemu =
                new Fixture(
                        LONG,
                        script -> {
                            script.expect("readl 0x0", "IRQ raise 1\nOK 0x7\n");
                            script.expect("readl 0x4", "OK 0x8\n");
                        })) {
            qemu.client
                    .interrupts()
                    .onChange((line, raised) -> {
                        try {
                            qemu.client.readl(0x999);
                        } catch (IllegalStateException refused) {
                            heard.add(refused.getMessage());
                            throw refused;
                        }
                    });
            assertThat(qemu.client.readl(0)).isEqualTo(7);
            assertThat(qemu.client.readl(4)).isEqualTo(8);
            assertThat(heard).singleElement().asString().contains("listener");
        }
    }

    @Test
    void aRefusedCommandThrowsWithQemusWords() throws Exception {
        try (Fixture qemu =
                new Fixture(
                        LONG,
                        script -> {
                            script.expect("irq_intercept_in nobody", "FAIL Unknown device\n");
                            script.expect("readl 0x0", "OK 0x1\n");
                        })) {
            assertThatThrownBy(() -> qemu.client.interceptInterrupts("nobody"))
                    .isInstanceOf(QemuException.class)
                    .hasMessageContaining("irq_intercept_in nobody")
                    .hasMessageContaining("FAIL Unknown device");
            assertThat(qemu.client.readl(0)).isEqualTo(1);
        }
    }

    @Test
    void aRefusedPostSurfacesAtALaterCallAndTheClientGoesOn() throws Exception {
        try (Fixture qemu =
                new Fixture(
                        LONG,
                        script -> {
                            script.expect("writew 0x10 0x1", "FAIL no\n");
                            script.expect("writew 0x10 0x2", "OK\n");
                            script.expect("readl 0x0", "OK 0x1\n");
                            script.expect("readl 0x0", "OK 0x2\n");
                        })) {
            qemu.client.postw(0x10, 1);
            qemu.client.postw(0x10, 2);
            assertThatThrownBy(() -> qemu.client.readl(0))
                    .isInstanceOf(QemuException.class)
                    .hasMessageContaining("posted")
                    .hasMessageContaining("FAIL no");
            assertThat(qemu.client.readl(0)).isEqualTo(2);
        }
    }

    @Test
    void aSocketThatClosesInTheMiddleEndsTheWaiterAtOnce() throws Exception {
        try (Fixture qemu =
                new Fixture(
                        LONG,
                        script -> {
                            script.line();
                            script.send("OK 0x00");
                        })) {
            long start = System.nanoTime();
            assertThatThrownBy(() -> qemu.client.readl(0))
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessageContaining("closed the qtest connection");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SHORT);
            assertThatThrownBy(() -> qemu.client.postw(0, 1))
                    .isInstanceOf(DeviceLostException.class);
        }
    }

    @Test
    void aSocketThatClosesWhileNobodyCallsIsNoticed() throws Exception {
        try (Fixture qemu = new Fixture(LONG, script -> {})) {
            await(() -> qemu.client.lost() != null);
            assertThat(qemu.client.lost()).contains("closed the qtest connection");
        }
    }

    @Test
    void silenceEndsWithTheTimeout() throws Exception {
        try (Fixture qemu = new Fixture(SHORT, ScriptedServer.Conversation::awaitClient)) {
            assertThatThrownBy(() -> qemu.client.readl(0x10))
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessageContaining("did not answer 'readl 0x10' within 300 ms");
            // An answer that comes later would be taken for another command's.
            assertThatThrownBy(() -> qemu.client.readl(0x10))
                    .isInstanceOf(DeviceLostException.class);
        }
    }

    @Test
    void aSecondClientThatIsNeverServedGivesUp() throws Exception {
        try (ScriptedServer server = new ScriptedServer(ScriptedServer.Conversation::awaitClient)) {
            assertThatThrownBy(() -> QtestClient.connect(server.path(), SHORT))
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessageContaining("endianness");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "OK banana\n",
                "OK\n",
                "OK 0x\n",
                "OK 0x100000000\n",
                "OK 0x11111111111111111\n",
                "IRQ raise 99999\nOK 0x1\n",
                "IRQ sideways 1\nOK 0x1\n"
            })
    void anAnswerThatMakesNoSenseEndsTheConnection(String answer) throws Exception {
        try (Fixture qemu = new Fixture(LONG, script -> script.expect("readl 0x0", answer))) {
            assertThatThrownBy(() -> qemu.client.readl(0))
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessageContaining("QEMU");
            assertThat(qemu.client.lost()).isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"MAYBE 0x1\n", "OKAY 0x1\n", "\n", "FAIL\n"})
    void anythingButOkIsARefusal(String answer) throws Exception {
        try (Fixture qemu = new Fixture(LONG, script -> script.expect("readl 0x0", answer))) {
            assertThatThrownBy(() -> qemu.client.readl(0))
                    .isInstanceOf(QemuException.class)
                    .hasMessageContaining("refused");
        }
    }

    @Test
    void aWrongAmountOfMemoryEndsTheConnection() throws Exception {
        try (Fixture qemu =
                new Fixture(LONG, script -> script.expect("read 0x0 0x2", "OK 0x01\n"))) {
            assertThatThrownBy(
                            () -> qemu.client.memory().read(0, MemorySegment.ofArray(new byte[2])))
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessageContaining("2 bytes with 1");
        }
    }

    @Test
    void anAnswerWithoutEndIsNotCollectedForEver() throws Exception {
        try (Fixture qemu =
                new Fixture(
                        LONG,
                        script -> {
                            script.line();
                            while (true) {
                                script.send("A".repeat(1000));
                            }
                        })) {
            assertThatThrownBy(() -> qemu.client.readl(0))
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessageContaining("longer than");
        }
    }

    @Test
    void anAnswerThatNobodyAskedForEndsTheConnection() throws Exception {
        try (Fixture qemu =
                new Fixture(
                        LONG,
                        script -> {
                            script.send("OK\n");
                            script.awaitClient();
                        })) {
            await(() -> qemu.client.lost() != null);
            assertThat(qemu.client.lost()).contains("nobody asked");
        }
    }

    @Test
    void tenThousandDoorbellsDoNotDeadlock() throws Exception {
        AtomicInteger seen = new AtomicInteger();
        try (Fixture qemu =
                new Fixture(
                        LONG,
                        script -> {
                            for (int i = 0; i < 10_000; i++) {
                                script.expect("writew 0xc0007000 0x1", "OK\n");
                                seen.incrementAndGet();
                            }
                            script.expect("readl 0x0", "OK 0x1\n");
                        })) {
            for (int i = 0; i < 10_000; i++) {
                qemu.client.postw(0xc000_7000L, 1);
            }
            assertThat(qemu.client.readl(0)).isEqualTo(1);
            assertThat(seen).hasValue(10_000);
        }
    }

    @Test
    void noMoreThanTheBoundIsEverUnanswered() throws Exception {
        AtomicInteger most = new AtomicInteger();
        try (Fixture qemu =
                new Fixture(
                        LONG,
                        script -> {
                            int left = 1000;
                            while (left > 0) {
                                // Answers nothing as long as the client still sends.
                                int open = 0;
                                while (open < left && script.hasMore(50)) {
                                    script.line();
                                    open++;
                                }
                                most.accumulateAndGet(open, Math::max);
                                script.send("OK\n".repeat(open));
                                left -= open;
                            }
                            script.expect("readl 0x0", "OK 0x1\n");
                        })) {
            for (int i = 0; i < 1000; i++) {
                qemu.client.postw(0x1000, i);
            }
            assertThat(qemu.client.readl(0)).isEqualTo(1);
            assertThat(most.get()).isBetween(2, QtestLink.MAX_OUTSTANDING);
        }
    }

    @Test
    void postsOfManyThreadsAreNotMixed() throws Exception {
        try (Fixture qemu =
                new Fixture(
                        LONG,
                        script -> {
                            for (int i = 0; i < 8_000; i++) {
                                String line = script.line();
                                if (!line.matches("writew 0x[1-4]000 0x[0-9a-f]{1,3}")) {
                                    throw new AssertionError("mixed up: " + line);
                                }
                                script.send("OK\n");
                            }
                            script.expect("readl 0x0", "OK 0x1\n");
                        })) {
            List<Thread> threads = new ArrayList<>();
            for (int i = 1; i <= 4; i++) {
                long doorbell = i * 0x1000L;
                threads.add(
                        Thread.ofVirtual()
                                .start(() -> {
                                    for (int n = 0; n < 2_000; n++) {
                                        qemu.client.postw(doorbell, n);
                                    }
                                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(qemu.client.readl(0)).isEqualTo(1);
        }
    }

    @Test
    void interruptReportsAreTakenWhileNobodyCalls() throws Exception {
        try (Fixture qemu =
                new Fixture(
                        LONG,
                        script -> {
                            script.expect("irq_intercept_in ioapic", "OK\n");
                            for (int i = 0; i < 20_000; i++) {
                                script.send("IRQ raise 0\nIRQ lower 0\n");
                            }
                            script.awaitClient();
                        })) {
            qemu.client.interceptInterrupts("ioapic");
            await(() -> qemu.client.interrupts().rises(0) == 20_000);
        }
    }

    @Test
    void anInterruptedThreadStillRingsAndKeepsItsInterrupt() throws Exception {
        try (Fixture qemu =
                new Fixture(
                        LONG,
                        script -> {
                            script.expect("writew 0x10 0x1", "OK\n");
                            script.line();
                            Thread.sleep(20);
                            script.send("OK 0x5\n");
                        })) {
            Thread.currentThread().interrupt();
            qemu.client.postw(0x10, 1);
            assertThat(qemu.client.readl(0)).isEqualTo(5);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void whatQemuWouldAbortOnIsRefusedBeforeItIsSent() throws Exception {
        MemorySegment nothing = MemorySegment.ofArray(new byte[0]);
        MemorySegment two = MemorySegment.ofArray(new byte[2]);
        try (Fixture qemu = new Fixture(LONG, script -> script.expect("readb 0x1", "OK 0x1\n"))) {
            QtestClient client = qemu.client;
            List<ThrowingCallable> calls =
                    List.of(
                            () -> client.ports().in(0x10000, 1),
                            () -> client.ports().in(-1, 1),
                            () -> client.ports().in(0xfffd, 4),
                            () -> client.ports().in(0x60, 3),
                            () -> client.ports().out(0x60, 8, 0),
                            () -> client.ports().out(0x60, 1, 0x100),
                            () -> client.ports().out(0x60, 2, -1),
                            () -> client.writeb(0, 256),
                            () -> client.writew(0, -1),
                            () -> client.postw(0, 0x10000),
                            () -> client.readq(-7),
                            () -> client.memory().read(0, nothing),
                            () -> client.memory().b64write(0, nothing),
                            () -> client.memory().write(-1, two),
                            () -> client.interceptInterrupts(""),
                            () -> client.interceptInterrupts("io apic"),
                            () -> client.interceptInterrupts("ioapic\nquit"));
            for (ThrowingCallable call : calls) {
                assertThatIllegalArgumentException().isThrownBy(call);
            }
            // The script would fail had any of them sent a byte.
            assertThat(client.readb(1)).isEqualTo(1);
        }
    }

    @Test
    void aBigEndianMachineIsRefused() throws Exception {
        try (ScriptedServer server =
                new ScriptedServer(script -> script.expect("endianness", "OK big\n"))) {
            assertThatThrownBy(() -> QtestClient.connect(server.path(), LONG))
                    .isInstanceOf(QemuException.class)
                    .hasMessageContaining("little-endian");
        }
    }

    @Test
    void aPathThatNoSocketCanHaveIsRefused() {
        assertThatThrownBy(() ->
                        QtestClient.connect(
                                java.nio.file.Path.of("/tmp/" + "x".repeat(120)), SHORT))
                .isInstanceOf(QemuException.class)
                .hasMessageContaining("107 bytes");
    }

    private static void await(java.util.function.BooleanSupplier condition) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("time is up").isLessThan(end);
            Thread.sleep(5);
        }
    }
}
