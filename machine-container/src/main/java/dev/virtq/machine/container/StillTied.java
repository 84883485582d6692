package dev.virtq.machine.container;

import com.github.dockerjava.api.DockerClient;
import java.util.function.BooleanSupplier;
import org.testcontainers.containers.startupcheck.StartupCheckStrategy;

/**
 * Takes a container for started while its {@link Lifeline} holds. One that ended is removed at
 * once: to ask the engine for it, as is usual, would take until a timeout.
 */
final class StillTied extends StartupCheckStrategy {
    private final BooleanSupplier ended;

    StillTied(BooleanSupplier ended) {
        this.ended = ended;
    }

    @Override
    public StartupStatus checkStartupState(DockerClient engine, String containerId) {
        return ended.getAsBoolean() ? StartupStatus.FAILED : StartupStatus.SUCCESSFUL;
    }
}
