/** Files as memory: the DAX window of a device (virtio 1.4, section 5.11.6.4). */
package dev.virtq.drivers.fs.window;
