package dev.virtq.machine.sim.device;

import dev.virtq.device.Interrupt;

/**
 * Notifications as the driver gets them.
 *
 * @param honest those that the device sends
 * @param rule what arrives of them
 */
record HeardInterrupt(Interrupt honest, Rule rule) implements Interrupt {
    /** Whether a notification arrives, given whether one was sent. */
    @FunctionalInterface
    interface Rule {
        boolean arrives(boolean sent);
    }

    @Override
    public boolean poll() {
        return rule.arrives(honest.poll());
    }

    @Override
    public boolean await(long nanos) throws InterruptedException {
        if (rule.arrives(false)) {
            return rule.arrives(honest.await(0)); // one after the other, without a pause
        }
        long start = System.nanoTime();
        long left = nanos;
        while (left > 0) {
            if (rule.arrives(honest.await(left))) {
                return true;
            }
            left = nanos - (System.nanoTime() - start);
        }
        return false;
    }
}
