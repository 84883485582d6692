package dev.virtq.machine.container;

import org.testcontainers.containers.wait.strategy.AbstractWaitStrategy;

/**
 * Waits for nothing: {@link dev.virtq.machine.qemu.QemuMachine} connects to QEMU next and waits
 * until it answers or has ended.
 */
final class AnsweredByTheMachine extends AbstractWaitStrategy {
    @Override
    protected void waitUntilReady() {
        // The sockets serve one client each, and that is the machine.
    }
}
