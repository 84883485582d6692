package dev.virtq.machine.container;

import dev.virtq.machine.qemu.RunningQemu;
import java.time.Duration;
import java.util.Optional;

/** A QEMU that was launched in a container. */
final class RunningContainer implements RunningQemu {
    private final QemuContainer container;
    private final String binary;
    private final String id;
    private final Lifeline lifeline;

    RunningContainer(QemuContainer container, String binary, String id, Lifeline lifeline) {
        this.container = container;
        this.binary = binary;
        this.id = id;
        this.lifeline = lifeline;
    }

    static String name(String id) {
        return "container " + id.substring(0, Math.min(12, id.length()));
    }

    @Override
    public String kind() {
        return "qemu";
    }

    @Override
    public String name() {
        return name(id);
    }

    @Override
    public boolean isDead() {
        return container.isDead(id);
    }

    @Override
    public Optional<String> awaitEnd(Duration limit) {
        return lifeline.awaitEnd(limit)
                ? Optional.of(lifeline.epitaph(binary, name()))
                : Optional.empty();
    }

    @Override
    public void close() {
        container.remove(id);
    }
}
