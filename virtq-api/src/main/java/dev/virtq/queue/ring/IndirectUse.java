package dev.virtq.queue.ring;

/** When a chain goes into an indirect table, where VIRTIO_F_INDIRECT_DESC was accepted. */
public enum IndirectUse {
    /** Whenever that saves ring slots: a chain of two or more elements then takes one. */
    WHEN_IT_SAVES_SLOTS,
    /** Only when the chain would not fit into the free slots otherwise. */
    WHEN_SLOTS_ARE_SHORT,
    /** Never. */
    NEVER
}
