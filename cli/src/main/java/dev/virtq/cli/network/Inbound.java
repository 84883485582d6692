package dev.virtq.cli.network;

/** A checked packet that came in for this host. */
sealed interface Inbound permits ArpPacket, Ipv4Packet {}
