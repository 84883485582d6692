package dev.virtq.machine.container;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.BuildResponseItem;
import dev.virtq.machine.qemu.QemuException;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What an engine says while it builds an image: steps for people, the last lines for a failure. */
final class BuildLog implements ResultCallback<BuildResponseItem> {
    /** An apt-get over a slow line takes its time. */
    private static final Duration LIMIT = Duration.ofMinutes(15);

    private static final int KEPT_LINES = 6;

    private final Consumer<String> progress;
    private final Deque<String> lastLines = new ArrayDeque<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable Closeable stream;
    private volatile @Nullable String error;

    BuildLog(Consumer<String> progress) {
        this.progress = progress;
    }

    /**
     * Waits for the end of the build.
     *
     * @throws QemuException when it failed
     */
    void await(String name) {
        try {
            if (!Waiting.uninterruptibly(ended::await, LIMIT)) {
                throw failure(name, "it took longer than " + LIMIT.toMinutes() + " minutes");
            }
            String why = error;
            if (why != null) {
                throw failure(name, why);
            }
        } finally {
            close();
        }
    }

    QemuException failure(String name, String why) {
        String lines;
        synchronized (lastLines) {
            lines = String.join("; ", lastLines);
        }
        return new QemuException(
                "the container image %s cannot be built: %s%s"
                        .formatted(
                                name,
                                why,
                                lines.isEmpty()
                                        ? ""
                                        : " (last lines of the build: " + lines + ")"));
    }

    @Override
    public void onStart(Closeable opened) {
        stream = opened;
    }

    @Override
    public void onNext(BuildResponseItem item) {
        if (item.getErrorDetail() != null && item.getErrorDetail().getMessage() != null) {
            error = item.getErrorDetail().getMessage().strip();
        }
        String said = item.getStream();
        if (said != null) {
            said.lines().map(String::strip).filter(line -> !line.isEmpty()).forEach(this::add);
        }
    }

    private void add(String line) {
        synchronized (lastLines) {
            if (lastLines.size() == KEPT_LINES) {
                lastLines.removeFirst();
            }
            lastLines.add(line);
        }
        progress.accept(line);
    }

    @Override
    public void onError(Throwable thrown) {
        error = EngineFailure.oneLine(thrown);
        ended.countDown();
    }

    @Override
    public void onComplete() {
        ended.countDown();
    }

    @Override
    public void close() {
        Closeable opened = stream;
        if (opened != null) {
            try {
                opened.close();
            } catch (IOException broken) {
                System.getLogger(BuildLog.class.getName())
                        .log(System.Logger.Level.DEBUG, "the build's connection broke", broken);
            }
        }
    }
}
