package dev.virtq.machine.qemu;

import dev.virtq.device.FeatureSet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A virtio-net device (virtio 1.4, section 5.1) with the modern interface only, and QEMU's user
 * network behind it: a gateway at 10.0.2.2, a name server at 10.0.2.3, DHCP that offers 10.0.2.15,
 * and TFTP when a folder is given.
 *
 * @param mac the device's address, as in {@code 52:54:00:12:34:56}
 * @param tftp the folder that TFTP serves; null for none
 * @param bootFile the boot file that DHCP names; null for none
 * @param receiveQueueSize the largest size of the receive queue; 0 for QEMU's own choice
 * @param transmitQueueSize the largest size of the transmit queue; 0 for QEMU's own choice
 * @param options further options of the device, each as {@code name=value}
 */
public record VirtioNetDevice(
        String mac,
        @Nullable Path tftp,
        @Nullable String bootFile,
        int receiveQueueSize,
        int transmitQueueSize,
        List<String> options)
        implements QemuDevice {
    static final int MIN_QUEUE_SIZE = 256;
    private static final int MAX_QUEUE_SIZE = 1024;
    private static final Pattern MAC = Pattern.compile("([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}");

    // After the constants above, which its constructor uses.
    static final VirtioNetDevice DEFAULT =
            new VirtioNetDevice("52:54:00:12:34:56", null, null, 0, 0, List.of());

    /** Refuses what QEMU would refuse, and what it would misread. */
    public VirtioNetDevice {
        if (!MAC.matcher(mac).matches()) {
            throw new IllegalArgumentException(
                    "a MAC address is written as 52:54:00:12:34:56, got '%s'".formatted(mac));
        }
        if ((Integer.parseInt(mac.substring(0, 2), 16) & 1) != 0) {
            throw new IllegalArgumentException(
                    "a device's MAC address has an even first byte, got '%s'".formatted(mac));
        }
        if (tftp != null && !Files.isDirectory(tftp)) {
            throw new IllegalArgumentException(
                    "TFTP serves a folder, which %s is not".formatted(tftp));
        }
        checkQueueSize("receive", receiveQueueSize);
        checkQueueSize("transmit", transmitQueueSize);
        options = List.copyOf(options);
        options.forEach(option -> QemuOptions.checkOption("a device option", option));
    }

    /**
     * {@return the same device with another address}
     *
     * @param address the address, as in {@code 52:54:00:12:34:56}
     */
    public VirtioNetDevice withMac(String address) {
        return new VirtioNetDevice(
                address, tftp, bootFile, receiveQueueSize, transmitQueueSize, options);
    }

    /**
     * {@return the same device with a folder that TFTP serves}
     *
     * @param folder a folder of this computer
     */
    public VirtioNetDevice withTftp(Path folder) {
        Path absolute = folder.toAbsolutePath().normalize();
        return new VirtioNetDevice(
                mac, absolute, bootFile, receiveQueueSize, transmitQueueSize, options);
    }

    /**
     * {@return the same device with a boot file that DHCP names}
     *
     * @param file its name on the TFTP server
     */
    public VirtioNetDevice withBootFile(String file) {
        return new VirtioNetDevice(mac, tftp, file, receiveQueueSize, transmitQueueSize, options);
    }

    /**
     * {@return the same device with other largest queue sizes}
     *
     * @param receive a power of two, 256 to 1024; 0 for QEMU's own choice
     * @param transmit a power of two, 256 to 1024; 0 for QEMU's own choice. With the user network
     *     behind it QEMU 7.2 stays at 256, and QEMU 10 refuses more
     */
    public VirtioNetDevice withQueueSizes(int receive, int transmit) {
        return new VirtioNetDevice(mac, tftp, bootFile, receive, transmit, options);
    }

    /**
     * {@return the same device with one more option}
     *
     * @param option as QEMU takes it: {@code packed=on}
     */
    public VirtioNetDevice with(String option) {
        return with(List.of(option));
    }

    /**
     * {@return the same device, which offers features that it may not offer by itself}
     *
     * @param features features of the ring and the transport: RING_PACKED, IN_ORDER, RING_RESET,
     *     INDIRECT_DESC, EVENT_IDX, ACCESS_PLATFORM
     * @throws IllegalArgumentException when QEMU has no property for one of them
     */
    public VirtioNetDevice offering(FeatureSet features) {
        return with(FeatureProperty.options(features, true));
    }

    /**
     * {@return the same device, which does not offer features that it offers by itself}
     *
     * @param features as for {@link #offering}
     * @throws IllegalArgumentException when QEMU has no property for one of them
     */
    public VirtioNetDevice withholding(FeatureSet features) {
        return with(FeatureProperty.options(features, false));
    }

    private VirtioNetDevice with(List<String> further) {
        List<String> more = new ArrayList<>(options);
        more.addAll(further);
        return new VirtioNetDevice(mac, tftp, bootFile, receiveQueueSize, transmitQueueSize, more);
    }

    @Override
    public List<String> arguments(int index, DeviceBus bus) {
        String network = "user,id=n" + index;
        if (tftp != null) {
            network += ",tftp=" + QemuOptions.escape(tftp);
        }
        if (bootFile != null) {
            network += ",bootfile=" + QemuOptions.escape(bootFile);
        }
        List<String> all = new ArrayList<>();
        all.add("netdev=n" + index);
        if (bus == DeviceBus.PCI) {
            all.add("disable-legacy=on");
        }
        all.add("mac=" + mac);
        if (receiveQueueSize != 0) {
            all.add("rx_queue_size=" + receiveQueueSize);
        }
        if (transmitQueueSize != 0) {
            all.add("tx_queue_size=" + transmitQueueSize);
        }
        all.addAll(options);
        String model = bus == DeviceBus.PCI ? "virtio-net-pci" : "virtio-net-device";
        return List.of("-netdev", network, "-device", QemuOptions.join(model, all));
    }

    @Override
    public List<Path> sharedPaths() {
        return tftp == null ? List.of() : List.of(tftp);
    }

    private static void checkQueueSize(String queue, int size) {
        if (size != 0
                && (size < MIN_QUEUE_SIZE
                        || size > MAX_QUEUE_SIZE
                        || Integer.bitCount(size) != 1)) {
            throw new IllegalArgumentException(
                    ("QEMU takes a %s queue size of 256, 512 or 1024 for the device, got %d; a"
                                    + " driver may use less of it")
                            .formatted(queue, size));
        }
    }
}
