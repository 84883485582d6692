package dev.virtq.machine.container;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.model.Container;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Removes containers of JVMs that were killed in the moment between making a container and starting
 * it. One that started goes by itself.
 */
final class UnstartedContainers {
    /** Another JVM may be about to start its container. */
    private static final Duration GRACE = Duration.ofMinutes(1);

    private UnstartedContainers() {}

    static void sweep(DockerClient engine) {
        long newest = Instant.now().minus(GRACE).getEpochSecond();
        List<Container> unstarted =
                engine.listContainersCmd()
                        .withShowAll(true)
                        .withLabelFilter(List.of(Confinement.LABEL))
                        .withStatusFilter(List.of("created"))
                        .exec();
        for (Container container : unstarted) {
            if (container.getCreated() < newest) {
                try {
                    engine.removeContainerCmd(container.getId()).exec();
                } catch (DockerException failure) {
                    // Somebody else removes it, or starts it after all.
                    System.getLogger(UnstartedContainers.class.getName())
                            .log(System.Logger.Level.DEBUG, "cannot remove a container", failure);
                }
            }
        }
    }
}
