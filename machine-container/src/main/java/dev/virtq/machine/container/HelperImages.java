package dev.virtq.machine.container;

import dev.virtq.machine.qemu.QemuException;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The images of containers that Testcontainers starts for itself before the first other one. Where
 * such an image is neither on this computer nor in a registry that answers, Testcontainers tries
 * for minutes; this says it at once. None of them is needed for a {@link QemuContainer}.
 */
final class HelperImages {
    /** A registry is asked once, by the engine. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final AtomicBoolean CHECKED = new AtomicBoolean();

    private HelperImages() {}

    /**
     * Refuses to let Testcontainers wait for what does not come.
     *
     * @throws QemuException when a helper's image cannot be had
     */
    static void check(EngineSocket engine, Map<String, String> environment) {
        if (CHECKED.get()) {
            return;
        }
        if (!Boolean.parseBoolean(environment.get("TESTCONTAINERS_RYUK_DISABLED"))) {
            check(
                    engine,
                    "testcontainers/ryuk",
                    "set TESTCONTAINERS_RYUK_DISABLED=true in the environment, since this"
                            + " container ends with its JVM anyway");
        }
        boolean inContainer = Files.exists(Path.of("/.dockerenv"));
        if (inContainer && !environment.containsKey("TESTCONTAINERS_HOST_OVERRIDE")) {
            check(
                    engine,
                    "alpine",
                    "set TESTCONTAINERS_HOST_OVERRIDE=localhost in the environment");
        }
        CHECKED.set(true);
    }

    private static void check(EngineSocket engine, String image, String remedy) {
        try {
            String filter =
                    URLEncoder.encode(
                            "{\"reference\":[\"" + image + "\"]}", StandardCharsets.UTF_8);
            if (engine.get("/images/json?filters=" + filter, PATIENCE).body().contains("\"Id\"")) {
                return;
            }
            String name = image.contains("/") ? image : "library/" + image;
            EngineSocket.Answer answer =
                    engine.get("/distribution/docker.io/" + name + ":latest/json", PATIENCE);
            // Any answer of the registry will do, a refusal too; 500 is the engine's own.
            if (answer.status() < 500) {
                return;
            }
            throw new IOException(answer.body());
        } catch (IOException unreachable) {
            throw new QemuException(
                    ("Testcontainers wants its image %s, which is not on this computer and cannot be"
                                    + " pulled (%s): %s")
                            .formatted(image, EngineFailure.oneLine(unreachable), remedy),
                    unreachable);
        }
    }
}
