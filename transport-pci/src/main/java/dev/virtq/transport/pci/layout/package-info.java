/**
 * What lies where in a function's configuration space and BARs, and the rules that it has to keep.
 */
package dev.virtq.transport.pci.layout;
