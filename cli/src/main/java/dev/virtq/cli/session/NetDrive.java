package dev.virtq.cli.session;

import dev.virtq.cli.network.DhcpLease;
import dev.virtq.cli.network.FramePort;
import dev.virtq.cli.network.Ipv4Settings;
import dev.virtq.cli.network.NetworkHost;
import dev.virtq.device.Transport;
import dev.virtq.device.VirtioDevice;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.drivers.net.NetOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The network driver on a device, and a host on it: its address, its neighbours, and who listens.
 */
public final class NetDrive implements AutoCloseable {
    private final String name;
    private final NetDevice device;
    private final DevicePort wire;
    private @Nullable Capture capture;
    private @Nullable DhcpLease lease;
    private @Nullable NetworkHost host;

    private NetDrive(String name, NetDevice device) {
        this.name = name;
        this.device = device;
        wire = new DevicePort(device);
    }

    static NetDrive open(String name, Transport transport, DriveOptions options) {
        NetOptions how = NetOptions.DEFAULT.withQueue(options.queues()).refusing(options.refused());
        NetDevice device = NetDevice.open(transport, how);
        try {
            options.check(name, device.device());
            return new NetDrive(name, device);
        } catch (RuntimeException e) {
            device.close();
            throw e;
        }
    }

    /** {@return the device below} */
    public VirtioDevice device() {
        return device.device();
    }

    /** {@return the driver} */
    public NetDevice driver() {
        return device;
    }

    /** {@return how frames come and go; a capture sees them all} */
    public FramePort port() {
        Capture running = capture;
        return running == null ? wire : running;
    }

    /** {@return the wire below every capture} */
    public DevicePort wire() {
        return wire;
    }

    /**
     * {@return how this side is addressed: as DHCP said, else as QEMU's user network expects it}
     */
    public Ipv4Settings settings() {
        DhcpLease granted = lease;
        return granted == null ? Ipv4Settings.QEMU_USER_NETWORK : granted.settings();
    }

    /** {@return what DHCP granted; empty before {@code net dhcp}} */
    public Optional<DhcpLease> lease() {
        return Optional.ofNullable(lease);
    }

    /**
     * Uses what DHCP granted from now on.
     *
     * @param granted the lease
     */
    public void use(DhcpLease granted) {
        lease = granted;
        host = null;
    }

    /** {@return the host; it keeps its neighbours from one command to the next} */
    public NetworkHost host() {
        NetworkHost there = host;
        if (there == null) {
            there = new NetworkHost(port(), settings());
            host = there;
        }
        return there;
    }

    /**
     * Writes every frame down from now on, instead of where they were written before.
     *
     * @param file where to
     * @param limit how many frames at most
     * @return the capture
     * @throws IOException when the file cannot be written
     */
    public Capture startCapture(Path file, long limit) throws IOException {
        stopCapture();
        Capture started = Capture.start(file, name, wire, limit);
        capture = started;
        host = null;
        return started;
    }

    /**
     * Stops writing frames down.
     *
     * @return what was running; empty when nothing was
     * @throws IOException when the file cannot be completed
     */
    public Optional<Capture> stopCapture() throws IOException {
        Capture running = capture;
        capture = null;
        host = null;
        if (running != null) {
            running.close();
        }
        return Optional.ofNullable(running);
    }

    @Override
    public void close() {
        try {
            stopCapture();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("cannot complete the capture", e);
        } finally {
            device.close();
        }
    }
}
