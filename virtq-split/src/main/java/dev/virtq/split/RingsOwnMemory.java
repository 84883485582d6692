package dev.virtq.split;

import dev.virtq.memory.BufferGuard;

/**
 * Memory that is the ring's own, whoever has the buffers that it points to: nobody else's business.
 */
enum RingsOwnMemory implements BufferGuard {
    /** Descriptor area, driver area and device area. */
    AREAS("a ring", "a split ring"),
    /** The descriptors of one chain. */
    INDIRECT_TABLE("an indirect table", "an indirect table");

    private final String refused;
    private final String description;

    RingsOwnMemory(String refused, String description) {
        this.refused = refused;
        this.description = description;
    }

    @Override
    public void checkAccess() {
        throw new IllegalStateException("the memory of %s is not a buffer".formatted(refused));
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
