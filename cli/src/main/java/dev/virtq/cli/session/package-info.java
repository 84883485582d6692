/** The machine, and the device that the commands drive. */
package dev.virtq.cli.session;
