package dev.virtq.machine.container;

import com.github.dockerjava.api.exception.DockerException;
import dev.virtq.machine.qemu.QemuCommandLine;
import dev.virtq.machine.qemu.QemuDevice;
import dev.virtq.machine.qemu.QemuException;
import dev.virtq.machine.qemu.QemuMachine;
import dev.virtq.machine.qemu.RunFolder;
import dev.virtq.machine.qemu.RunningQemu;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.helpers.NOPLogger;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.ContainerLaunchException;
import org.testcontainers.containers.GenericContainer;

/**
 * A container in which QEMU runs a machine without a guest, whose devices are driven from here.
 *
 * {@snippet :
 * @Testcontainers
 * class MyDeviceTest {
 *     @Container
 *     private final QemuContainer qemu =
 *             new QemuContainer().withMemory(64L << 20).withDevice(QemuDevice.virtioNet());
 *
 *     @Test
 *     void answers() {
 *         assertThat(qemu.machine().devices()).isNotEmpty();
 *     }
 * }
 * }
 *
 * <p>The image is built when it is first needed, from a Dockerfile in this module, unless another
 * one is named; nothing is pulled that the engine has. The container has no network, no
 * capabilities, a root file system that is read-only, and an ordinary user. It shares a folder in
 * {@code /dev/shm} with this JVM, for the RAM and the sockets, so the engine must be on this
 * computer. A folder of this computer that a device shares is served as this JVM's user; when that
 * is root, its server has root's rights over files, and QEMU still has none.
 *
 * <p>Nothing is left behind: the container ends with {@link #stop()}, with {@link
 * QemuMachine#close()}, and within two seconds of this JVM's end, be it killed; it needs no Ryuk
 * for that.
 *
 * <p>Threads: to be configured and started by one thread; {@link #stop()} from any.
 */
public class QemuContainer extends GenericContainer<QemuContainer> {
    private static final Duration REMOVAL = Duration.ofSeconds(5);
    private static final long PAUSE_NANOS = 5_000_000;

    private final ContainerImage source;
    private Consumer<String> progress = new LoggedProgress();
    private QemuCommandLine commandLine = QemuCommandLine.DEFAULT;
    private volatile @Nullable Confinement confinement;
    private volatile @Nullable Lifeline lifeline;
    private volatile @Nullable QemuMachine machine;

    /** A container from virtq's own image, with QEMU 10.0 of Debian 13. */
    public QemuContainer() {
        this(BuiltImage.DEFAULT);
    }

    /**
     * A container from another image.
     *
     * @param image its name. It has {@code /bin/sh} and {@code qemu-system-x86_64}; to share a
     *     folder {@code virtiofsd}, and {@code setpriv} when this JVM is root's
     * @throws IllegalArgumentException when that is no image's name
     */
    public QemuContainer(String image) {
        this(NamedImage.of(image));
    }

    @SuppressWarnings("this-escape") // only fields of GenericContainer are set
    QemuContainer(ContainerImage source) {
        super(CompletableFuture.completedFuture(source.name()));
        this.source = source;
        // It is on this computer by then, see start(): asking a registry could take minutes.
        withImagePullPolicy(name -> false);
        // The machine waits until QEMU answers, and knows better than a port or a line of a log.
        waitingFor(new AnsweredByTheMachine());
        withStartupCheckStrategy(
                new StillTied(() -> Objects.requireNonNull(lifeline, "attached").isEnded()));
        withCreateContainerCmdModifier(
                command -> Objects.requireNonNull(confinement, "started").applyTo(command));
    }

    /**
     * Sets the size of the machine's RAM.
     *
     * @param bytes the size, in bytes: a multiple of 1 MiB
     * @return this
     */
    public QemuContainer withMemory(long bytes) {
        commandLine = commandLine.withMemory(bytes);
        return this;
    }

    /**
     * Adds a device to the machine.
     *
     * @param device the device. What it reads on this computer is mounted read-only, under its own
     *     path
     * @return this
     */
    public QemuContainer withDevice(QemuDevice device) {
        commandLine = commandLine.withDevice(device);
        return this;
    }

    /**
     * Adds arguments to QEMU's command line.
     *
     * @param arguments the words. Paths among them are paths in the container
     * @return this
     */
    public QemuContainer withQemuArguments(String... arguments) {
        commandLine = commandLine.withArguments(arguments);
        return this;
    }

    /**
     * Replaces QEMU's whole command line.
     *
     * @param line the command line; its binary is one in the image
     * @return this
     */
    public QemuContainer withCommandLine(QemuCommandLine line) {
        commandLine = line;
        return this;
    }

    /**
     * Names who is told what a start that takes long is doing: building or pulling the image.
     *
     * @param listener is given one line at a time, from any thread
     * @return this
     */
    public QemuContainer withProgress(Consumer<String> listener) {
        progress = listener;
        return this;
    }

    /**
     * {@return the machine, which runs}
     *
     * @throws IllegalStateException when the container was not started, or was stopped
     */
    public QemuMachine machine() {
        QemuMachine running = machine;
        if (running == null) {
            throw new IllegalStateException("the container does not run: start it first");
        }
        return running;
    }

    /**
     * Starts the container and its machine, and waits until QEMU answers.
     *
     * @throws QemuException when it cannot be started; the message holds what the engine or QEMU
     *     said, and nothing is left
     */
    @Override
    public synchronized void start() {
        if (machine != null) {
            return;
        }
        EngineSocket engine = DockerEngine.ofThisComputer().find();
        HelperImages.check(engine, System.getenv());
        try {
            source.ensure(getDockerClient(), progress);
            UnstartedContainers.sweep(getDockerClient());
        } catch (DockerException | IllegalStateException failure) {
            throw new QemuException(
                    "the Docker engine does not do as it is told: "
                            + EngineFailure.oneLine(failure),
                    failure);
        }
        var guards = new ArrayList<StartGuard>(1);
        try {
            machine =
                    QemuMachine.start(
                            commandLine,
                            (line, folder) -> {
                                guards.add(StartGuard.over(folder.path(), engine));
                                return launch(line, folder);
                            });
        } finally {
            guards.forEach(StartGuard::close);
        }
    }

    private RunningQemu launch(QemuCommandLine line, RunFolder folder) {
        ContainerUser user = ContainerUser.ofThisJvm(isRootless());
        line.sharedPaths().forEach(user::checkReadable);
        if (!user.standsInForRoot()) { // who is root serves what root may
            line.writtenPaths().forEach(user::checkReadable);
        }
        user.admit(folder);
        confinement = new Confinement(line, folder, user);
        lifeline = null;
        try {
            super.start();
        } catch (ContainerLaunchException failure) {
            throw explain(failure);
        }
        return new RunningContainer(
                this, line.binary(), getContainerId(), Objects.requireNonNull(lifeline));
    }

    private static boolean isRootless() {
        // Testcontainers asked the engine when it connected: this costs nothing.
        List<String> options = DockerClientFactory.instance().getInfo().getSecurityOptions();
        return options != null && options.contains("name=rootless");
    }

    private QemuException explain(ContainerLaunchException failure) {
        Lifeline broken = lifeline;
        if (broken != null && broken.isEnded() && broken.hasEpitaph()) {
            return new QemuException(
                    broken.epitaph(commandLine.binary(), "its container"), failure);
        }
        return new QemuException(
                "QEMU's container cannot be started: " + EngineFailure.oneLine(failure), failure);
    }

    /** Ties the container to this JVM before it starts. */
    @Override
    protected void containerIsCreated(String containerId) {
        lifeline = Lifeline.attach(getDockerClient(), containerId);
    }

    /** Ends the machine and its container. Returns when both are gone; idempotent. */
    @Override
    public synchronized void stop() {
        QemuMachine running = machine;
        if (running != null) {
            running.close();
        }
        // Nothing is left to do here, unless another thread is just closing the machine.
        removeContainer();
    }

    /** Removes the container, unless it is another one by now. */
    synchronized void remove(String id) {
        if (id.equals(getContainerId())) {
            removeContainer();
        }
    }

    private void removeContainer() {
        machine = null;
        String id = getContainerId();
        if (id == null) {
            return;
        }
        Lifeline held = lifeline;
        if (held != null) {
            held.close();
        }
        super.stop();
        // The engine removes it by itself as well, and is not always done when it says so.
        long deadline = System.nanoTime() + REMOVAL.toNanos();
        while (state(id) != ContainerState.GONE) {
            if (System.nanoTime() - deadline >= 0) {
                throw new QemuException(
                        "%s could not be removed: `docker rm -f %s`"
                                .formatted(RunningContainer.name(id), id));
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** Whether it is certain that nothing runs in the container. */
    boolean isDead(String id) {
        return state(id).isCertainlyDead();
    }

    private ContainerState state(String id) {
        return ContainerState.of(getDockerClient(), id);
    }

    /** Nothing is logged beside what is thrown: a failure has one voice. */
    @Override
    protected Logger logger() {
        return NOPLogger.NOP_LOGGER;
    }
}
