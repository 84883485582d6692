/** What is known of files: the attribute views. */
package dev.virtq.drivers.fs.attribute;
