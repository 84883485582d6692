/** The registers and their layout. */
package dev.virtq.transport.mmio.layout;
