/** Open files, as channels. */
package dev.virtq.drivers.fs.channel;
