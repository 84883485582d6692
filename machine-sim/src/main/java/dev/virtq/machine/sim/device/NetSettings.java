package dev.virtq.machine.sim.device;

import dev.virtq.machine.sim.SimNetwork;

/**
 * What a simulated network device is like.
 *
 * @param mac its address: the first byte on the wire is the highest of the lower six
 * @param mtu the largest MTU that it names
 * @param network what it is plugged into
 */
public record NetSettings(long mac, int mtu, SimNetwork network) {}
