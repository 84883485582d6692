package dev.virtq.device;

/**
 * The two directions of attention for an enabled queue.
 *
 * @param doorbell from the driver to the device
 * @param interrupt from the device to the driver
 */
public record QueueConnection(Doorbell doorbell, Interrupt interrupt) {}
