package dev.virtq.machine.container;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.PullResponseItem;
import dev.virtq.machine.qemu.QemuException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.ImageNameSubstitutor;

/**
 * An image that somebody chose: taken as it is when the engine has it, else pulled, with one
 * attempt.
 *
 * @param name its name, with its tag when it has one
 */
record NamedImage(String name) implements ContainerImage {
    private static final long LIMIT_MINUTES = 15;

    static NamedImage of(String name) {
        try {
            DockerImageName parsed = DockerImageName.parse(name);
            parsed.assertValid();
            return new NamedImage(
                    ImageNameSubstitutor.instance().apply(parsed).asCanonicalNameString());
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException(
                    "a container image is named as in registry/name:tag, got '%s'".formatted(name),
                    wrong);
        }
    }

    @Override
    public void ensure(DockerClient engine, Consumer<String> progress) {
        if (ContainerImage.isThere(engine, name)) {
            return;
        }
        progress.accept("pulling the container image " + name + " ...");
        DockerImageName parsed = DockerImageName.parse(name);
        try {
            boolean done =
                    engine.pullImageCmd(parsed.getUnversionedPart())
                            .withTag(parsed.getVersionPart())
                            .exec(new Progress(progress))
                            .awaitCompletion(LIMIT_MINUTES, TimeUnit.MINUTES);
            if (!done) {
                throw unavailable("it took longer than " + LIMIT_MINUTES + " minutes", null);
            }
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
            throw unavailable("the wait was interrupted", interrupt);
        } catch (QemuException failure) {
            throw failure;
        } catch (RuntimeException failure) {
            throw unavailable(EngineFailure.oneLine(failure), failure);
        }
        if (!ContainerImage.isThere(engine, name)) {
            throw unavailable("the pull brought something else", null);
        }
    }

    private QemuException unavailable(
            String why, @org.jspecify.annotations.Nullable Throwable cause) {
        return new QemuException(
                ("the container image %s is not on this computer and cannot be pulled (%s): name one"
                                + " that `docker images` lists, or none for virtq's own")
                        .formatted(name, why),
                cause);
    }

    /** Passes on what is being done, and leaves the logging of failures to who catches them. */
    private static final class Progress extends ResultCallback.Adapter<PullResponseItem> {
        private final Consumer<String> progress;

        Progress(Consumer<String> progress) {
            this.progress = progress;
        }

        @Override
        public void onNext(PullResponseItem item) {
            if (item.getStatus() != null) {
                progress.accept(item.getStatus());
            }
        }
    }
}
