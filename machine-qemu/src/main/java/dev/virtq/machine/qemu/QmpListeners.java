package dev.virtq.machine.qemu;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Who wants to hear of QMP events. One that fails does not keep the others from it. */
final class QmpListeners {
    private static final System.Logger LOG = System.getLogger(QmpListeners.class.getName());

    private final List<Consumer<QmpEvent>> listeners = new CopyOnWriteArrayList<>();

    Registration add(Consumer<QmpEvent> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    void report(QmpEvent event) {
        for (Consumer<QmpEvent> listener : listeners) {
            try {
                listener.accept(event);
            } catch (RuntimeException failure) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "a listener failed on QMP event " + event.name(),
                        failure);
            }
        }
    }
}
