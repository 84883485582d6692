package dev.virtq.cli.network;

import dev.virtq.drivers.net.MacAddress;

/**
 * An answer by ARP.
 *
 * @param address the address that was asked for
 * @param mac where it is
 * @param roundTripNanos the time from handing over the request to having the answer, in nanoseconds
 */
public record ArpAnswer(Ipv4Address address, MacAddress mac, long roundTripNanos) {}
