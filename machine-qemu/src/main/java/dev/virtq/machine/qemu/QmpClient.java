package dev.virtq.machine.qemu;

import dev.virtq.device.DeviceLostException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * QEMU's machine protocol (QMP) over a unix socket: commands, their answers, and events.
 *
 * <pre>{@code
 * try (QmpClient qmp = QmpClient.connect(socket, Duration.ofSeconds(5))) {
 *     JsonNode status = qmp.execute("query-status");
 *     qmp.execute("set_link", Map.of("name", "n0", "up", false));
 * }
 * }</pre>
 *
 * <p>Any number of threads may execute commands at once; each waits for its own answer only. A
 * socket that closes ends every one of them at once. One daemon thread reads.
 *
 * <p>Nothing that QEMU writes is trusted: messages are bounded, fields that are not known are
 * passed over, and an answer that nobody waits for is dropped.
 */
public final class QmpClient implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(QmpClient.class.getName());
    private static final JsonMapper JSON = new JsonMapper();

    private final UnixSocket socket;
    private final Path path;
    private final Duration timeout;
    private final String version;
    private final QmpMessages messages;
    private final Thread reader;
    private final Object writing = new Object();
    private final AtomicLong nextId = new AtomicLong();
    private final Map<Long, CompletableFuture<JsonNode>> waiters = new ConcurrentHashMap<>();
    private final QmpListeners listeners = new QmpListeners();
    private final AtomicReference<@Nullable String> ended = new AtomicReference<>();
    private final CompletableFuture<String> end = new CompletableFuture<>();

    private QmpClient(
            UnixSocket socket, Path path, Duration timeout, QmpMessages messages, String version) {
        this.socket = socket;
        this.path = path;
        this.timeout = timeout;
        this.messages = messages;
        this.version = version;
        this.reader = Thread.ofPlatform().daemon().name("virtq-qmp-reader").unstarted(this::read);
    }

    /**
     * Connects, waits for the greeting, and leaves the negotiation mode.
     *
     * @param path the socket that QEMU was given with {@code -qmp}
     * @param timeout the limit for the connection, and for each command that names no other
     * @return a client that is ready for commands
     * @throws QemuException when nobody listens, or what answers is not QMP
     */
    public static QmpClient connect(Path path, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        UnixSocket socket;
        try {
            socket = UnixSocket.connect(path, timeout);
        } catch (IOException failure) {
            throw new QemuException(
                    "no QMP at %s: %s".formatted(path, failure.getMessage()), failure);
        }
        try {
            QmpMessages messages = new QmpMessages(socket, JSON);
            String version = messages.greet(path, timeout, deadline);
            QmpClient client = new QmpClient(socket, path, timeout, messages, version);
            client.reader.start();
            client.execute("qmp_capabilities");
            return client;
        } catch (IOException | RuntimeException failure) {
            socket.closeAfter(failure);
            if (failure instanceof QemuException known) {
                throw known;
            }
            throw new QemuException("QMP at %s: %s".formatted(path, failure.getMessage()), failure);
        }
    }

    /** {@return QEMU's version as it said in its greeting, such as {@code 7.2.22}} */
    public String version() {
        return version;
    }

    /**
     * Executes a command without arguments.
     *
     * @param command the command's name
     * @return what QEMU returned
     * @throws QmpErrorException when QEMU answers with an error
     * @throws QemuException when QEMU does not answer in time
     * @throws DeviceLostException when QEMU is gone
     */
    public JsonNode execute(String command) {
        return execute(command, Map.of(), timeout);
    }

    /**
     * Executes a command.
     *
     * @param command the command's name
     * @param arguments its arguments: strings, numbers, booleans, lists, maps
     * @return what QEMU returned
     * @throws QmpErrorException when QEMU answers with an error
     * @throws QemuException when QEMU does not answer in time
     * @throws DeviceLostException when QEMU is gone
     */
    public JsonNode execute(String command, Map<String, ?> arguments) {
        return execute(command, arguments, timeout);
    }

    /**
     * Executes a command, with its own limit of time.
     *
     * @param command the command's name
     * @param arguments its arguments: strings, numbers, booleans, lists, maps
     * @param limit how long to wait for the answer
     * @return what QEMU returned
     * @throws QmpErrorException when QEMU answers with an error
     * @throws QemuException when QEMU does not answer in time
     * @throws DeviceLostException when QEMU is gone
     */
    public JsonNode execute(String command, Map<String, ?> arguments, Duration limit) {
        Objects.requireNonNull(command, "command");
        if (reader.equals(Thread.currentThread())) {
            throw new IllegalStateException(
                    "'%s' in a listener of QMP events would wait for itself; use another thread"
                            .formatted(command));
        }
        long deadline = System.nanoTime() + limit.toNanos();
        long id = nextId.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        waiters.put(id, answer);
        try {
            if (ended.get() != null) {
                throw gone();
            }
            send(command, arguments, id, deadline);
            JsonNode message =
                    answer.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            JsonNode error = message.path("error");
            if (!error.isMissingNode()) {
                throw new QmpErrorException(
                        command,
                        error.path("class").asString("unknown class"),
                        error.path("desc").asString("no description"));
            }
            return message.path("return");
        } catch (TimeoutException late) {
            throw new QemuException(
                    "QEMU did not answer '%s' within %d ms".formatted(command, limit.toMillis()),
                    late);
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
            throw new QemuException(
                    "interrupted while waiting for QEMU's answer to '%s'".formatted(command),
                    interrupt);
        } catch (ExecutionException failed) {
            throw gone();
        } finally {
            waiters.remove(id);
        }
    }

    /**
     * Executes a command of the human monitor and gives back its text.
     *
     * @param commandLine the line, such as {@code info pci}
     * @return what the monitor printed
     * @throws QemuException when QEMU does not answer in time
     * @throws DeviceLostException when QEMU is gone
     */
    public String monitor(String commandLine) {
        return execute("human-monitor-command", Map.of("command-line", commandLine)).asString("");
    }

    /**
     * Calls a listener for each event from now on, on the client's own thread: it must be quick,
     * and may not execute commands itself.
     *
     * @param listener what to call
     * @return what ends the listening when it is closed
     */
    public Registration onEvent(Consumer<QmpEvent> listener) {
        return listeners.add(listener);
    }

    /** {@return a stage that completes with the reason as soon as QEMU or the client is gone} */
    public CompletionStage<String> ended() {
        return end.minimalCompletionStage();
    }

    /** {@return whether commands can still be executed} */
    public boolean isOpen() {
        return ended.get() == null;
    }

    /** Closes the socket and ends whoever waits; QEMU itself goes on. */
    @Override
    public void close() {
        end("the client was closed");
    }

    private void send(String command, Map<String, ?> arguments, long id, long deadline) {
        ObjectNode message = JSON.createObjectNode();
        message.put("execute", command);
        if (!arguments.isEmpty()) {
            message.set("arguments", JSON.valueToTree(arguments));
        }
        message.put("id", id);
        byte[] line = (JSON.writeValueAsString(message) + "\n").getBytes(StandardCharsets.UTF_8);
        synchronized (writing) {
            try {
                if (!socket.writeFully(ByteBuffer.wrap(line), deadline)) {
                    // Half a command may be on its way: what follows would be read as its end.
                    end("QEMU does not read its QMP socket %s".formatted(path));
                    throw gone();
                }
            } catch (IOException failure) {
                end("the QMP connection broke: " + failure.getMessage());
                throw gone();
            }
        }
    }

    private void read() {
        try {
            while (true) {
                JsonNode message = messages.next(Long.MAX_VALUE);
                if (message != null) {
                    dispatch(message);
                }
            }
        } catch (IOException | JacksonException failure) {
            end(String.valueOf(failure.getMessage()));
        } finally {
            end("the thread that reads QMP ended");
        }
    }

    private void dispatch(JsonNode message) {
        JsonNode event = message.path("event");
        if (event.isString()) {
            listeners.report(new QmpEvent(event.asString(), message.path("data")));
            return;
        }
        JsonNode id = message.path("id");
        CompletableFuture<JsonNode> waiter = id.isNumber() ? waiters.get(id.asLong(0)) : null;
        if (waiter == null) {
            LOG.log(System.Logger.Level.DEBUG, "a QMP answer that nobody waits for: {0}", message);
            return;
        }
        waiter.complete(message);
    }

    private void end(String reason) {
        if (!ended.compareAndSet(null, reason)) {
            return;
        }
        try {
            socket.close();
        } catch (IOException failure) {
            LOG.log(System.Logger.Level.DEBUG, "closing the QMP socket failed", failure);
        }
        for (CompletableFuture<JsonNode> waiter : waiters.values()) {
            waiter.completeExceptionally(gone());
        }
        end.complete(reason);
    }

    private DeviceLostException gone() {
        return new DeviceLostException("no QMP any more: " + ended.get());
    }
}
