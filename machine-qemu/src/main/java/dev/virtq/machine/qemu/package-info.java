/**
 * A QEMU machine without a guest, whose devices a Java program drives.
 *
 * <p>{@link dev.virtq.machine.qemu.QemuMachine} is where to start. {@link
 * dev.virtq.machine.qemu.QmpClient} and {@link dev.virtq.machine.qemu.QtestClient} serve without
 * it, on the sockets of any QEMU.
 *
 * @serial exclude
 */
package dev.virtq.machine.qemu;
