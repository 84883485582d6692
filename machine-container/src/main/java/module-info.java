import dev.virtq.machine.MachineProvider;
import dev.virtq.machine.container.ContainerProvider;
import org.jspecify.annotations.NullMarked;

/** A QEMU machine without a guest in a container, with Testcontainers. */
@NullMarked
module dev.virtq.machine.container {
    requires static transitive org.jspecify;
    requires transitive dev.virtq.api;
    requires transitive dev.virtq.machine.qemu;
    // Neither has a module name of its own: these come from their jars.
    requires transitive com.github.dockerjava.api;
    requires transitive testcontainers;
    requires org.slf4j;

    exports dev.virtq.machine.container;

    provides MachineProvider with
            ContainerProvider;
}
