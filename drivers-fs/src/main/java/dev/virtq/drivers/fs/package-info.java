/**
 * A shared directory of a virtual machine's host as a {@link java.nio.file.FileSystem}: {@link
 * dev.virtq.drivers.fs.VirtioFileSystem#mount} gives one, and from there on it is {@link
 * java.nio.file.Files} as always.
 */
package dev.virtq.drivers.fs;
