/** What is in a directory, and how that changes. */
package dev.virtq.drivers.fs.directory;
