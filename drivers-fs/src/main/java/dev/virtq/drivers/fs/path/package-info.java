/** Paths as text: what can be said of them without asking the server. */
package dev.virtq.drivers.fs.path;
