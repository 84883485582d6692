package dev.virtq.cli.network;

import dev.virtq.drivers.net.MacAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which Ethernet address an IPv4 address was last seen at. Bounded, because anybody on the link can
 * claim any number of addresses; an entry is forgotten after a minute, as RFC 1122 section 2.3.2.1
 * asks.
 */
final class ArpCache {
    static final Duration LIFETIME = Duration.ofMinutes(1);
    static final int CAPACITY = 64;

    private record Entry(MacAddress mac, long expires) {}

    private final NanoClock clock;
    private final Map<Ipv4Address, Entry> entries = new LinkedHashMap<>();

    ArpCache(NanoClock clock) {
        this.clock = clock;
    }

    @Nullable MacAddress lookup(Ipv4Address address) {
        Entry entry = entries.get(address);
        if (entry == null) {
            return null;
        }
        if (entry.expires - clock.nanoTime() <= 0) {
            entries.remove(address);
            return null;
        }
        return entry.mac;
    }

    /** Takes in what an ARP packet for this host says of its sender. */
    void learn(ArpPacket packet) {
        MacAddress mac = packet.senderMac();
        if (!packet.senderAddress().isUnicast() || !mac.isUnicast()) {
            return;
        }
        entries.remove(packet.senderAddress());
        if (entries.size() >= CAPACITY) {
            entries.remove(entries.keySet().iterator().next());
        }
        entries.put(packet.senderAddress(), new Entry(mac, clock.nanoTime() + LIFETIME.toNanos()));
    }
}
