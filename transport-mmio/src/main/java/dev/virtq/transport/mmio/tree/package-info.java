/** Finds devices in a flattened device tree. */
package dev.virtq.transport.mmio.tree;
