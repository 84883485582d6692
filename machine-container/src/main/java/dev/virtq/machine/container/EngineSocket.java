package dev.virtq.machine.container;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A socket on which a Docker engine may listen, and the few questions to it that come before
 * Testcontainers.
 *
 * @param path the unix socket
 */
record EngineSocket(Path path) {
    private static final int MOST_BYTES = 1 << 20;
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3})\\b.*");

    /**
     * An answer.
     *
     * @param status the HTTP status
     * @param body what follows the headers
     */
    record Answer(int status, String body) {}

    /** What is missing for this to be an engine that serves us; empty when it does. */
    Optional<String> whatIsMissing(Duration patience) {
        if (!Files.exists(path)) {
            return Optional.of(
                    "no Docker engine (there is no %s): %s"
                            .formatted(path, DockerEngine.HOW_TO_GET_ONE));
        }
        if (!Files.isWritable(path)) {
            String user = System.getProperty("user.name");
            return Optional.of(
                    ("user %s may not use the Docker engine at %s: add the user to its group"
                                    + " (usermod -aG docker %s) and log in again")
                            .formatted(user, path, user));
        }
        try {
            Answer answer = get("/_ping", patience);
            return answer.status == 200
                    ? Optional.empty()
                    : Optional.of(
                            "the Docker engine at %s is not well (status %d): restart it"
                                    .formatted(path, answer.status));
        } catch (IOException failure) {
            return Optional.of(
                    "no Docker engine answers at %s (%s): start it (systemctl start docker)"
                            .formatted(path, failure.getMessage()));
        }
    }

    /**
     * Asks the engine for something.
     *
     * @throws IOException when it gives no HTTP answer in time
     */
    Answer get(String resource, Duration patience) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            CompletableFuture<Answer> answer = new CompletableFuture<>();
            // A channel knows no timeout; closing it ends the thread.
            Thread.ofVirtual()
                    .start(() -> {
                        try {
                            answer.complete(exchange(channel, resource));
                        } catch (IOException failure) {
                            answer.completeExceptionally(failure);
                        }
                    });
            return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException silent) {
            throw new IOException("no answer within %d ms".formatted(patience.toMillis()), silent);
        } catch (ExecutionException failure) {
            throw new IOException(EngineFailure.oneLine(failure), failure);
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
            throw new IOException("the wait was interrupted", interrupt);
        }
    }

    private Answer exchange(SocketChannel channel, String resource) throws IOException {
        channel.connect(UnixDomainSocketAddress.of(path));
        // Version 1.0: the answer is not chunked, and ends with the connection.
        ByteBuffer request =
                ByteBuffer.wrap(
                        ("GET " + resource + " HTTP/1.0\r\nHost: docker\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
        while (request.hasRemaining()) {
            channel.write(request);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ByteBuffer chunk = ByteBuffer.allocate(8 << 10);
        while (channel.read(chunk) >= 0) {
            bytes.write(chunk.array(), 0, chunk.position());
            chunk.clear();
            if (bytes.size() > MOST_BYTES) {
                throw new IOException("an answer of more than 1 MiB");
            }
        }
        return parse(bytes.toString(StandardCharsets.UTF_8));
    }

    private static Answer parse(String text) throws IOException {
        int end = text.indexOf('\r');
        Matcher status = STATUS.matcher(end < 0 ? text : text.substring(0, end));
        if (!status.matches()) {
            throw new IOException("what answers does not speak HTTP");
        }
        int headers = text.indexOf("\r\n\r\n");
        return new Answer(
                Integer.parseInt(status.group(1)), headers < 0 ? "" : text.substring(headers + 4));
    }
}
