package dev.virtq.machine.qemu;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Takes JSON objects off a QMP socket. QEMU ends each with a line feed and puts none inside, so a
 * line is a message, and its length can be bounded before anybody parses it.
 */
final class QmpMessages {
    /** Far above the largest answer that was seen (a memory tree of some hundred kilobytes). */
    static final int MAX_MESSAGE_BYTES = 16 << 20;

    private final UnixSocket socket;
    private final JsonMapper json;
    private final ByteBuffer input = ByteBuffer.allocate(64 << 10).flip();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    QmpMessages(UnixSocket socket, JsonMapper json) {
        this.socket = socket;
        this.json = json;
    }

    /** Waits for the greeting, and gives back the version of QEMU that it names. */
    String greet(Path path, Duration timeout, long deadlineNanos) throws IOException {
        JsonNode greeting = next(deadlineNanos);
        if (greeting == null) {
            throw new QemuException(
                    "QEMU sent no QMP greeting at %s within %d ms (is another client there?)"
                            .formatted(path, timeout.toMillis()));
        }
        if (!greeting.path("QMP").isObject()) {
            throw new QemuException("what listens at %s is not QMP: no greeting".formatted(path));
        }
        JsonNode number = greeting.path("QMP").path("version").path("qemu");
        return "%d.%d.%d"
                .formatted(
                        number.path("major").asInt(0),
                        number.path("minor").asInt(0),
                        number.path("micro").asInt(0));
    }

    /**
     * Waits for the next message; null at the deadline, which {@code Long.MAX_VALUE} puts off for
     * ever.
     */
    @Nullable JsonNode next(long deadlineNanos) throws IOException {
        while (true) {
            while (input.hasRemaining()) {
                byte octet = input.get();
                if (octet == '\n') {
                    String text = line.toString(StandardCharsets.UTF_8).strip();
                    line.reset();
                    if (!text.isEmpty()) {
                        return parse(text);
                    }
                } else if (line.size() >= MAX_MESSAGE_BYTES) {
                    throw new IOException(
                            "a QMP message is longer than %d bytes".formatted(MAX_MESSAGE_BYTES));
                } else {
                    line.write(octet);
                }
            }
            input.clear();
            int count = socket.read(input);
            input.flip();
            if (count < 0) {
                throw new IOException("QEMU closed the QMP connection");
            }
            if (count == 0) {
                long end =
                        deadlineNanos == Long.MAX_VALUE
                                ? System.nanoTime() + 3_600_000_000_000L
                                : deadlineNanos;
                if (!socket.awaitReadable(end) && deadlineNanos != Long.MAX_VALUE) {
                    return null;
                }
            }
        }
    }

    private JsonNode parse(String text) throws IOException {
        JsonNode message;
        try {
            message = json.readTree(text);
        } catch (JacksonException malformed) {
            throw new IOException(
                    "a QMP message is not JSON: " + malformed.getOriginalMessage(), malformed);
        }
        if (!message.isObject()) {
            throw new IOException("a QMP message is not an object: " + abbreviate(text));
        }
        return message;
    }

    private static String abbreviate(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
