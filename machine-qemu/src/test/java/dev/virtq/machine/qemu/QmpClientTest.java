package dev.virtq.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceLostException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class QmpClientTest {
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final String GREETING =
            """
            {"QMP": {"version": {"qemu": {"micro": 13, "minor": 0, "major": 10}, "package": "x"}, \
            "capabilities": ["oob"], "news": [1, {"a": null}]}}\r
            """;

    /** A client of a script that starts after the greeting and qmp_capabilities. */
    private static final class Fixture implements AutoCloseable {
        final ScriptedServer server;
        final QmpClient client;

        Fixture(Duration timeout, ScriptedServer.Script script) throws IOException {
            server =
                    new ScriptedServer(conversation -> {
                        conversation.send(GREETING);
                        conversation.expect(
                                "{\"execute\":\"qmp_capabilities\",\"id\":1}",
                                "{\"return\": {}, \"id\": 1}\r\n");
                        script.play(conversation);
                    });
            client = QmpClient.connect(server.path(), timeout);
        }

        @Override
        public void close() throws IOException {
            client.close();
            server.close();
        }
    }

    @Test
    void aCommandCarriesItsArgumentsAndGetsItsAnswer() throws Exception {
        try (Fixture qemu =
                new Fixture(
                        LONG,
                        script ->
                                script.expect(
                                        "{\"execute\":\"set_link\",\"arguments\":{\"up\":false},"
                                                + "\"id\":2}",
                                        "{\"return\": {\"done\": true}, \"id\": 2, \"extra\":"
                                                + " 1}\r\n"))) {
            assertThat(qemu.client.version()).isEqualTo("10.0.13");
            assertThat(
                            qemu.client
                                    .execute("set_link", Map.of("up", false))
                                    .path("done")
                                    .asBoolean())
                    .isTrue();
        }
    }

    @Test
    void anErrorAnswerThrowsWithQemusClassAndDescription() throws Exception {
        try (Fixture qemu =
                new Fixture(
                        LONG,
                        script -> {
                            script.line();
                            script.send(
                                    "{\"id\": 2, \"error\": {\"class\": \"CommandNotFound\","
                                            + " \"desc\": \"The command foo has not been"
                                            + " found\"}}\r\n");
                        })) {
            assertThatThrownBy(() -> qemu.client.execute("foo"))
                    .isInstanceOfSatisfying(
                            QmpErrorException.class,
                            error -> {
                                assertThat(error.errorClass()).isEqualTo("CommandNotFound");
                                assertThat(error.description())
                                        .isEqualTo("The command foo has not been found");
                            })
                    .hasMessageContaining("foo");
        }
    }

    @Test
    void eventsGoToTheListenersAndOneThatFailsDoesNoHarm() throws Exception {
        BlockingQueue<QmpEvent> events = new LinkedBlockingQueue<>();
        try (Fixture qemu =
                new Fixture(
                        LONG,
                        script -> {
                            script.line();
                            script.send(
                                    "{\"timestamp\": {\"seconds\": 1}, \"event\": \"SHUTDOWN\","
                                            + " \"data\": {\"guest\": false}}\r\n"
                                            + "{\"event\": \"RESET\"}\r\n"
                                            + "{\"return\": 5, \"id\": 2}\r\n");
                            script.awaitClient();
                        })) {
            qemu.client.onEvent(event -> {
                throw new IllegalStateException("a listener with a bug");
            });
            Registration registration = qemu.client.onEvent(events::add);
            assertThat(qemu.client.execute("x").asInt()).isEqualTo(5);
            QmpEvent first = events.poll(5, TimeUnit.SECONDS);
            assertThat(first).isNotNull();
            assertThat(first.name()).isEqualTo("SHUTDOWN");
            assertThat(first.data().path("guest").isBoolean()).isTrue();
            assertThat(events.poll(5, TimeUnit.SECONDS)).isNotNull();
            registration.close();
        }
    }

    @Test
    void aListenerThatWouldWaitForItselfIsRefused() throws Exception {
        BlockingQueue<String> refusals = new LinkedBlockingQueue<>();
        try (Fixture qemu =
                new Fixture(
                        LONG,
                        script -> {
                            Thread.sleep(100);
                            script.send("{\"event\": \"RESET\"}\n");
                            script.awaitClient();
                        })) {
            qemu.client.onEvent(event -> {
                try {
                    qemu.client.execute("query-status");
                } catch (IllegalStateException refused) {
                    refusals.add(refused.getMessage());
                }
            });
            assertThat(refusals.poll(5, TimeUnit.SECONDS)).contains("listener");
        }
    }

    @Test
    void answersFindTheirWaitersInAnyOrder() throws Exception {
        try (Fixture qemu =
                new Fixture(
                        LONG,
                        script -> {
                            String first = script.line();
                            String second = script.line();
                            String[] lines = {first, second};
                            for (int i = 1; i >= 0; i--) {
                                String id = lines[i].replaceAll(".*\"id\":(\\d+).*", "$1");
                                String name =
                                        lines[i].replaceAll(".*\"execute\":\"(\\w+)\".*", "$1");
                                script.send("{\"return\": \"" + name + "\", \"id\": " + id + "}\n");
                            }
                            script.awaitClient();
                        })) {
            List<FutureTask<String>> tasks = new ArrayList<>();
            for (String name : List.of("one", "two")) {
                FutureTask<String> task =
                        new FutureTask<>(() -> qemu.client.execute(name).asString());
                tasks.add(task);
                Thread.ofVirtual().start(task);
            }
            assertThat(tasks.get(0).get(5, TimeUnit.SECONDS)).isEqualTo("one");
            assertThat(tasks.get(1).get(5, TimeUnit.SECONDS)).isEqualTo("two");
        }
    }

    @Test
    void aSocketThatClosesEndsEveryWaiterAtOnce() throws Exception {
        try (Fixture qemu =
                new Fixture(
                        LONG,
                        script -> {
                            for (int i = 0; i < 3; i++) {
                                script.line();
                            }
                            script.send("{\"retu");
                        })) {
            List<FutureTask<Object>> tasks = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                FutureTask<Object> task = new FutureTask<>(() -> qemu.client.execute("x"));
                tasks.add(task);
                Thread.ofVirtual().start(task);
            }
            for (FutureTask<Object> task : tasks) {
                assertThatThrownBy(() -> task.get(2, TimeUnit.SECONDS))
                        .isInstanceOf(ExecutionException.class)
                        .cause()
                        .isInstanceOf(DeviceLostException.class)
                        .hasMessageContaining("closed the QMP connection");
            }
            assertThat(qemu.client.ended().toCompletableFuture().get(1, TimeUnit.SECONDS))
                    .contains("closed");
            assertThat(qemu.client.isOpen()).isFalse();
            assertThatThrownBy(() -> qemu.client.execute("x"))
                    .isInstanceOf(DeviceLostException.class);
        }
    }

    @Test
    void closingTheClientEndsItsWaiters() throws Exception {
        try (Fixture qemu = new Fixture(LONG, ScriptedServer.Conversation::awaitClient)) {
            FutureTask<Object> task = new FutureTask<>(() -> qemu.client.execute("x"));
            Thread.ofVirtual().start(task);
            Thread.sleep(50);
            qemu.client.close();
            assertThatThrownBy(() -> task.get(2, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessageContaining("client was closed");
        }
    }

    @Test
    void silenceEndsWithTheTimeoutAndALateAnswerIsDropped() throws Exception {
        try (Fixture qemu =
                new Fixture(
                        SHORT,
                        script -> {
                            script.line();
                            String second = script.line();
                            assertThat(second).contains("\"id\":3");
                            script.send("{\"return\": 2, \"id\": 2}\n{\"return\": 3, \"id\": 3}\n");
                        })) {
            assertThatThrownBy(() -> qemu.client.execute("slow"))
                    .isInstanceOf(QemuException.class)
                    .hasMessageContaining("'slow' within 300 ms");
            assertThat(qemu.client.execute("next").asInt()).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"}{\n", "[1]\n", "\"text\"\n", "{\"return\": \n", "\u0001\n"})
    void whatIsNoJsonObjectEndsTheConnection(String nonsense) throws Exception {
        try (Fixture qemu =
                new Fixture(
                        LONG,
                        script -> {
                            script.line();
                            script.send(nonsense);
                            script.awaitClient();
                        })) {
            assertThatThrownBy(() -> qemu.client.execute("x"))
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessageContaining("a QMP message is not");
        }
    }

    @Test
    void aMessageWithoutEndIsNotCollectedForEver() throws Exception {
        try (Fixture qemu =
                new Fixture(
                        LONG,
                        script -> {
                            script.line();
                            String chunk = " ".repeat(1 << 16);
                            while (true) {
                                script.send(chunk);
                            }
                        })) {
            assertThatThrownBy(() -> qemu.client.execute("x"))
                    .isInstanceOf(DeviceLostException.class)
                    .hasMessageContaining("longer than");
        }
    }

    @Test
    void whatDoesNotGreetIsNotQmp() throws Exception {
        try (ScriptedServer server =
                new ScriptedServer(script -> script.send("{\"hello\": 1}\n"))) {
            assertThatThrownBy(() -> QmpClient.connect(server.path(), LONG))
                    .isInstanceOf(QemuException.class)
                    .hasMessageContaining("no greeting");
        }
        try (ScriptedServer server = new ScriptedServer(ScriptedServer.Conversation::awaitClient)) {
            assertThatThrownBy(() -> QmpClient.connect(server.path(), SHORT))
                    .isInstanceOf(QemuException.class)
                    .hasMessageContaining("no QMP greeting");
        }
    }
}
