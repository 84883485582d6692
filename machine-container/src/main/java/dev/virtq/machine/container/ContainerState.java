package dev.virtq.machine.container;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;

/** What the engine says about a container, if it answers. */
enum ContainerState {
    ALIVE,
    DEAD,
    GONE,
    /** The engine did not answer, which proves nothing. */
    UNKNOWN;

    private static final System.Logger LOG = System.getLogger(QemuContainer.class.getName());

    static ContainerState of(DockerClient engine, String id) {
        try {
            var state = engine.inspectContainerCmd(id).exec().getState();
            return Boolean.FALSE.equals(state.getRunning()) ? DEAD : ALIVE;
        } catch (NotFoundException gone) {
            return GONE;
        } catch (RuntimeException unknown) {
            LOG.log(System.Logger.Level.DEBUG, "cannot ask for a container", unknown);
            return UNKNOWN;
        }
    }

    /** {@return whether nothing runs in the container any more} */
    boolean isCertainlyDead() {
        return this == DEAD || this == GONE;
    }
}
