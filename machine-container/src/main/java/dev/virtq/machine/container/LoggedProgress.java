package dev.virtq.machine.container;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Logs what takes long: the first line for everybody, the others for who looks closer. */
final class LoggedProgress implements Consumer<String> {
    private static final System.Logger LOG = System.getLogger(QemuContainer.class.getName());

    private final AtomicBoolean started = new AtomicBoolean();

    @Override
    public void accept(String line) {
        LOG.log(
                started.getAndSet(true) ? System.Logger.Level.DEBUG : System.Logger.Level.INFO,
                line);
    }
}
