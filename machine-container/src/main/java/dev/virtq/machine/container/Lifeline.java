package dev.virtq.machine.container;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.StreamType;
import dev.virtq.machine.qemu.QemuException;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * The connection to the standard streams of a container, on which its life depends: when it breaks,
 * since it was closed or since this JVM was killed, the container's standard input ends, and the
 * watchdog in there ends QEMU.
 *
 * <p>The engine is told to close the input with this one connection, whatever ended it ({@code
 * StdinOnce}).
 */
final class Lifeline implements ResultCallback<Frame> {
    /** What a shell says for a command that it does not find, or that lacks a library. */
    private static final String COULD_NOT_BE_RUN = "127";

    private static final Duration ATTACH = Duration.ofSeconds(10);

    private final HeldInput input = new HeldInput();
    private final OutputTail errors = new OutputTail();
    private final OutputTail status = new OutputTail();
    private final CountDownLatch attached = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable Closeable stream;
    private volatile @Nullable Throwable failure;

    private Lifeline() {}

    /**
     * Attaches to a container that was created and not started yet.
     *
     * @throws QemuException when the engine does not let us
     */
    static Lifeline attach(DockerClient engine, String containerId) {
        Lifeline lifeline = new Lifeline();
        engine.attachContainerCmd(containerId)
                .withStdIn(lifeline.input)
                .withStdOut(true)
                .withStdErr(true)
                .withFollowStream(true)
                .exec(lifeline);
        boolean done = Waiting.uninterruptibly(lifeline.attached::await, ATTACH);
        Throwable failure = lifeline.failure;
        if (!done || failure != null) {
            lifeline.close();
            throw new QemuException(
                    "the Docker engine gives no access to the streams of a container"
                            + (failure == null ? "" : ": " + EngineFailure.oneLine(failure)),
                    failure);
        }
        return lifeline;
    }

    /** Waits until the container has ended, or the connection broke, which ends it. */
    boolean awaitEnd(Duration limit) {
        return Waiting.uninterruptibly(ended::await, limit);
    }

    /** Whether the container has ended, or is about to. */
    boolean isEnded() {
        return ended.getCount() == 0;
    }

    /** Whether it ended by itself and not because the connection could not be made. */
    boolean hasEpitaph() {
        return failure == null && !(status.oneLine().isEmpty() && errors.oneLine().isEmpty());
    }

    /** How QEMU ended and what it said last; meant for after the end. */
    String epitaph(String binary, String name) {
        String said = errors.oneLine();
        String code = status.oneLine();
        String how;
        if (!code.matches("\\d{1,3}")) {
            how = "was ended from outside";
        } else if (Integer.parseInt(code) > 128) {
            how = "was ended by signal " + (Integer.parseInt(code) - 128);
        } else if (code.equals(COULD_NOT_BE_RUN)) {
            how = "could not be run (is it in the image?)";
        } else {
            how = "exited with status " + code;
        }
        return "%s in %s %s%s".formatted(binary, name, how, said.isEmpty() ? "" : ": " + said);
    }

    @Override
    public void onStart(Closeable opened) {
        stream = opened;
        attached.countDown();
    }

    @Override
    public void onNext(Frame frame) {
        byte[] payload = frame.getPayload();
        if (payload != null) {
            (frame.getStreamType() == StreamType.STDOUT ? status : errors).add(payload);
        }
    }

    @Override
    public void onError(Throwable thrown) {
        failure = thrown;
        onComplete();
    }

    @Override
    public void onComplete() {
        ended.countDown();
        attached.countDown();
    }

    /** Lets go of the container. Idempotent. */
    @Override
    public void close() {
        input.close();
        Closeable opened = stream;
        if (opened != null && isEnded()) {
            try {
                opened.close();
            } catch (IOException broken) {
                throw new UncheckedIOException("cannot close a connection", broken);
            }
        }
    }
}
