package dev.virtq.ring.contract;

/**
 * A descriptor as it is in memory.
 *
 * @param address device address of what it refers to
 * @param length how many bytes that has
 * @param indirect whether that is an indirect table
 */
public record WrittenDescriptor(long address, long length, boolean indirect) {}
