package dev.virtq.drivers.net;

import dev.virtq.device.DeviceConfig;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.FeatureSet;
import java.util.Optional;

/**
 * The configuration space of a network device: {@code struct virtio_net_config} (virtio 1.4,
 * section 5.1.4). All fields are little-endian and read-only for the driver; a field exists when
 * its feature was accepted.
 */
final class NetConfig {
    private static final int MAC = 0;
    private static final int STATUS = MAC + MacAddress.LENGTH;
    private static final int MAX_VIRTQUEUE_PAIRS = STATUS + 2;
    private static final int MTU = MAX_VIRTQUEUE_PAIRS + 2;

    private static final int LINK_UP = 1;
    private static final int SMALLEST_MTU = 68;

    private final DeviceConfig space;
    private final FeatureSet accepted;

    NetConfig(DeviceConfig space, FeatureSet accepted) {
        this.space = space;
        this.accepted = accepted;
    }

    /** {@return the device's own address; empty when it has none} */
    Optional<MacAddress> mac() {
        if (!accepted.contains(NetFeature.MAC)) {
            return Optional.empty();
        }
        checkHas(MAC, MacAddress.LENGTH, "mac");
        MacAddress mac = new MacAddress(space.consistently(this::macBits));
        if (!mac.isUnicast()) {
            throw new DeviceFaultException(
                    "the device's MAC address is not one that an interface can have",
                    "5.1.4",
                    "mac " + mac);
        }
        return Optional.of(mac);
    }

    /** {@return the MTU that the device names; empty when it names none} */
    Optional<Integer> mtu() {
        if (!accepted.contains(NetFeature.MTU)) {
            return Optional.empty();
        }
        checkHas(MTU, 2, "mtu");
        int mtu = space.u16(MTU);
        if (mtu < SMALLEST_MTU) {
            throw new DeviceFaultException(
                    "the device's MTU is too small",
                    "5.1.4.1#2",
                    "mtu %d, expected: %d..65535".formatted(mtu, SMALLEST_MTU));
        }
        return Optional.of(mtu);
    }

    /** {@return how long frames are, with the device's MTU or Ethernet's} */
    FrameLimits limits() {
        return new FrameLimits(mtu().orElse(FrameLimits.DEFAULT_MTU));
    }

    /** {@return how frames lie in receive buffers, of that size where they may be spread} */
    ReceiveLayout receiveLayout(int mergeableSize) {
        return accepted.contains(NetFeature.MRG_RXBUF)
                ? ReceiveLayout.merged(limits(), accepted.contains(NetFeature.MTU), mergeableSize)
                : ReceiveLayout.whole(limits());
    }

    /** {@return whether the link is up; assumed when the device does not say (5.1.4.2#5)} */
    boolean linkUp() {
        if (!accepted.contains(NetFeature.STATUS)) {
            return true;
        }
        checkHas(STATUS, 2, "status");
        return (space.u16(STATUS) & LINK_UP) != 0;
    }

    private long macBits() {
        long bits = 0;
        for (int i = 0; i < MacAddress.LENGTH; i++) {
            bits = bits << 8 | space.u8(MAC + i);
        }
        return bits;
    }

    private void checkHas(int offset, int length, String field) {
        if (space.length() < offset + length) {
            throw new DeviceFaultException(
                    "the configuration space is too short for the field " + field,
                    "5.1.4",
                    "%d bytes, expected: at least %d".formatted(space.length(), offset + length));
        }
    }
}
