package dev.virtq.machine.sim.device;

import dev.virtq.machine.sim.fuse.ServerSettings;
import dev.virtq.machine.sim.tree.Tree;

/**
 * What a simulated file system device is like.
 *
 * @param tag the name of the share, at most 36 bytes of UTF-8
 * @param requestQueues how many request queues it has
 * @param notifyBufferSize how large the buffers of the notification queue have to be; 0 for none
 * @param tree what it serves
 * @param server how it serves it
 * @param window how many bytes its DAX window has; 0 for none
 */
public record FileSystemSettings(
        String tag,
        int requestQueues,
        int notifyBufferSize,
        Tree tree,
        ServerSettings server,
        long window) {}
