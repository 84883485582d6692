package dev.virtq.machine.container;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import java.util.function.Consumer;

/** Where QEMU's container image comes from. */
interface ContainerImage {
    /** {@return its name with its tag} */
    String name();

    /**
     * Sees to it that the engine has the image, which takes a while the first time.
     *
     * @param progress told what is being done, a line at a time; nothing when the image is there
     * @throws dev.virtq.machine.qemu.QemuException when it cannot be had
     */
    void ensure(DockerClient engine, Consumer<String> progress);

    /** Whether the engine has an image of that name. */
    static boolean isThere(DockerClient engine, String name) {
        try {
            engine.inspectImageCmd(name).exec();
            return true;
        } catch (NotFoundException missing) {
            return false;
        }
    }
}
