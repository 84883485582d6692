package dev.virtq.drivers.fs.fuse;

/**
 * A part of the DAX window (virtio 1.4, section 5.11.6.4).
 *
 * @param offset where it starts, in bytes from the start of the window
 * @param length how many bytes it has
 */
public record WindowRange(long offset, long length) {}
