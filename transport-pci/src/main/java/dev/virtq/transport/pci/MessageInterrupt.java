package dev.virtq.transport.pci;

import dev.virtq.device.Interrupt;
import java.util.Optional;

/**
 * Where the message of one MSI-X vector arrives, and how a thread notices it.
 *
 * <p>One thread at a time polls or waits; the transport sees to that when queues share a vector.
 */
public interface MessageInterrupt extends Interrupt, AutoCloseable {
    /**
     * What the device stores, and where: the contents of an entry of the MSI-X table.
     *
     * @param address where the device stores, in its address space; a multiple of 4
     * @param data what it stores, 32 bits
     */
    record Message(long address, int data) {
        /** Refuses an address that an MSI-X table entry cannot hold. */
        public Message {
            if ((address & 3) != 0) {
                throw new IllegalArgumentException(
                        "message address 0x%x (expected: a multiple of 4)".formatted(address));
            }
        }
    }

    /**
     * {@return what to write to the vector's entry of the MSI-X table; empty when the machine has
     * programmed and enabled the vector already, as VFIO does, and the table is not to be touched}
     */
    Optional<Message> message();

    /**
     * {@return how many messages were noticed so far; those that come before anybody looks count as
     * one}
     */
    long count();

    /**
     * Gives the message back, so that its address can be used for something else. Idempotent. The
     * transport calls it only when the device cannot send the message any more: after a reset that
     * was read back. Otherwise it just forgets the message, and the address stays taken for ever.
     */
    @Override
    void close();
}
