package dev.virtq.machine.qemu;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** A QEMU that was launched, here or in a container. */
public interface RunningQemu extends AutoCloseable {
    /**
     * {@return the name of the {@link dev.virtq.machine.MachineProvider} that runs QEMU this way}
     */
    String kind();

    /** {@return what runs, for people: {@code process 4711}, {@code container 1f3a…}} */
    String name();

    /**
     * {@return whether QEMU sees a file of this computer that was not named when it was launched}
     *
     * @param path of the file
     */
    default boolean sees(Path path) {
        return false;
    }

    /** {@return whether QEMU is certain to run no more, so that it writes to no memory} */
    boolean isDead();

    /**
     * Waits for QEMU to end by itself.
     *
     * @param limit how long at most
     * @return how it ended and what it said last, in one line for people; empty while it runs
     */
    Optional<String> awaitEnd(Duration limit);

    /**
     * Ends QEMU: politely, then with force. Returns when it is gone, in bounded time; idempotent.
     *
     * @throws QemuException when it could not be ended
     */
    @Override
    void close();
}
