package dev.virtq.machine.qemu;

/** Something that was registered, until it is closed. */
@FunctionalInterface
public interface Registration extends AutoCloseable {
    /** Ends it; doing so again changes nothing. */
    @Override
    void close();
}
