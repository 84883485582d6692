package dev.virtq.queue.ring;

import dev.virtq.memory.BufferGuard;

/**
 * Guards memory that is a ring's own, whoever has the buffers that it points to: nobody else's
 * business.
 */
public enum RingOwnMemory implements BufferGuard {
    /** Descriptor area, driver area and device area. */
    AREAS("a ring"),
    /** The descriptors of one chain. */
    INDIRECT_TABLE("an indirect table");

    private final String description;

    RingOwnMemory(String description) {
        this.description = description;
    }

    @Override
    public void checkAccess() {
        throw new IllegalStateException("the memory of %s is not a buffer".formatted(description));
    }

    @Override
    public void checkView() {
        checkAccess();
    }

    @Override
    public String describe() {
        return description;
    }
}
