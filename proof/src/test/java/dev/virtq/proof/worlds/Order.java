package dev.virtq.proof.worlds;

/** The memory order of an access. */
enum Order {
    PLAIN,
    OPAQUE,
    ACQUIRE,
    RELEASE;

    boolean isAtomic() {
        return this != PLAIN;
    }
}
