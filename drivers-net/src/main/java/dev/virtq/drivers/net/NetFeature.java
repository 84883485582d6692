package dev.virtq.drivers.net;

import dev.virtq.device.Feature;
import java.util.ArrayList;
import java.util.List;

/**
 * The feature bits of a network device (virtio 1.4, sections 5.1.3 and 5.1.3.1). In the names,
 * guest is the driver and host the device.
 *
 * <p>They are all named so that they can be shown. {@link NetDevice} accepts the few that it
 * serves.
 */
public enum NetFeature implements Feature {
    /** The device takes packets with a partial checksum. */
    CSUM(0),
    /** The driver takes packets with a partial checksum. */
    GUEST_CSUM(1),
    /** The driver can change its offloads while the device runs. */
    CTRL_GUEST_OFFLOADS(2),
    /** The device names the largest MTU. */
    MTU(3),
    /** The device has a MAC address. */
    MAC(5),
    /** The driver takes large TCP packets over IPv4. */
    GUEST_TSO4(7),
    /** The driver takes large TCP packets over IPv6. */
    GUEST_TSO6(8),
    /** The driver takes large TCP packets with ECN. */
    GUEST_ECN(9),
    /** The driver takes large UDP packets, to be fragmented. */
    GUEST_UFO(10),
    /** The device takes large TCP packets over IPv4. */
    HOST_TSO4(11),
    /** The device takes large TCP packets over IPv6. */
    HOST_TSO6(12),
    /** The device takes large TCP packets with ECN. */
    HOST_ECN(13),
    /** The device takes large UDP packets, to be fragmented. */
    HOST_UFO(14),
    /** A received packet may lie in several buffers. */
    MRG_RXBUF(15),
    /** The device says whether the link is up. */
    STATUS(16),
    /** The device has a control queue. */
    CTRL_VQ(17),
    /** The control queue sets receive modes. */
    CTRL_RX(18),
    /** The control queue filters VLANs. */
    CTRL_VLAN(19),
    /** The control queue sets further receive modes. */
    CTRL_RX_EXTRA(20),
    /** The device can ask the driver to announce itself. */
    GUEST_ANNOUNCE(21),
    /** The device has several pairs of queues. */
    MQ(22),
    /** The control queue sets the MAC address. */
    CTRL_MAC_ADDR(23),
    /** The control queue tells statistics. */
    DEVICE_STATS(50),
    /** The device hashes the inner headers of tunnelled packets. */
    HASH_TUNNEL(51),
    /** Notifications are coalesced for each queue. */
    VQ_NOTF_COAL(52),
    /** Notifications are coalesced. */
    NOTF_COAL(53),
    /** The driver takes large UDP packets over IPv4, to be segmented. */
    GUEST_USO4(54),
    /** The driver takes large UDP packets over IPv6, to be segmented. */
    GUEST_USO6(55),
    /** The device takes large UDP packets, to be segmented. */
    HOST_USO(56),
    /** The device reports the hash of each packet. */
    HASH_REPORT(57),
    /** The driver gives the exact length of the headers. */
    GUEST_HDRLEN(59),
    /** The device spreads packets over queues by their hash. */
    RSS(60),
    /** The device merges duplicate acknowledgements and counts segments. */
    RSC_EXT(61),
    /** The device may stand by for another one with the same MAC address. */
    STANDBY(62),
    /** The device names speed and duplex. */
    SPEED_DUPLEX(63),
    /** The device has several RSS contexts. */
    RSS_CONTEXT(64),
    /** The driver takes large packets in a UDP tunnel. */
    GUEST_UDP_TUNNEL_GSO(65),
    /** The driver takes tunnelled packets with a partial outer checksum. */
    GUEST_UDP_TUNNEL_GSO_CSUM(66),
    /** The device takes large packets in a UDP tunnel. */
    HOST_UDP_TUNNEL_GSO(67),
    /** The device takes tunnelled packets with a partial outer checksum. */
    HOST_UDP_TUNNEL_GSO_CSUM(68),
    /** The header names the offset of the outer network header. */
    OUT_NET_HEADER(69),
    /** The device encrypts with IPsec. */
    IPSEC(70);

    private final int bit;

    NetFeature(int bit) {
        this.bit = bit;
    }

    @Override
    public int bit() {
        return bit;
    }

    /**
     * A switch and not a constructor's argument, since a constant cannot name one that comes later.
     */
    @Override
    public List<List<Feature>> requirements() {
        return switch (this) {
            case GUEST_TSO4, GUEST_TSO6, GUEST_UFO, GUEST_USO4, GUEST_USO6 -> all(GUEST_CSUM);
            case GUEST_ECN -> anyOf(GUEST_TSO4, GUEST_TSO6);
            case GUEST_UDP_TUNNEL_GSO -> all(GUEST_TSO4, GUEST_TSO6, GUEST_USO4, GUEST_USO6);
            case GUEST_UDP_TUNNEL_GSO_CSUM -> all(GUEST_UDP_TUNNEL_GSO);
            case HOST_TSO4, HOST_TSO6, HOST_UFO, HOST_USO -> all(CSUM);
            case HOST_ECN, RSC_EXT -> anyOf(HOST_TSO4, HOST_TSO6);
            case HOST_UDP_TUNNEL_GSO -> all(HOST_TSO4, HOST_TSO6, HOST_USO);
            case HOST_UDP_TUNNEL_GSO_CSUM -> all(HOST_UDP_TUNNEL_GSO);
            case CTRL_RX,
                    CTRL_VLAN,
                    GUEST_ANNOUNCE,
                    MQ,
                    CTRL_MAC_ADDR,
                    NOTF_COAL,
                    RSS,
                    VQ_NOTF_COAL ->
                    all(CTRL_VQ);
            case HASH_TUNNEL -> List.of(List.of(CTRL_VQ), List.of(RSS, HASH_REPORT));
            case RSS_CONTEXT -> all(CTRL_VQ, RSS);
            default -> List.of();
        };
    }

    private static List<List<Feature>> all(Feature... features) {
        List<List<Feature>> each = new ArrayList<>();
        for (Feature feature : features) {
            each.add(List.of(feature));
        }
        return List.copyOf(each);
    }

    private static List<List<Feature>> anyOf(Feature... features) {
        return List.of(List.of(features));
    }
}
