package dev.virtq.drivers.net;

import dev.virtq.device.ConfigProgram;
import dev.virtq.device.DeviceConfig;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.FeatureSet;
import dev.virtq.fuzz.Input;
import dev.virtq.fuzz.Landmarks;
import dev.virtq.fuzz.Must;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a network device writes for its driver: the configuration space, and the header of a frame.
 * What must hold:
 *
 * <ul>
 *   <li>an address is unicast, an MTU within 68 to 65535, and buffers suit it; anything else is a
 *       {@link DeviceFaultException} that names a clause of the network device;
 *   <li>a received header passes exactly when it says that nothing special is to be done;
 *   <li>headers are read within their twelve bytes, and reading does not change them.
 * </ul>
 */
public final class NetProgram {
    private NetProgram() {}

    /** Reads a configuration space that changes. */
    public static void config(byte[] bytes) {
        Input input = new Input(bytes);
        FeatureSet accepted = FeatureSet.EMPTY;
        for (NetFeature feature : List.of(NetFeature.MAC, NetFeature.MTU, NetFeature.STATUS)) {
            accepted = input.below(4) > 0 ? accepted.with(feature) : accepted;
        }
        DeviceConfig space = ConfigProgram.changing(input, input.below(20));
        NetConfig config = new NetConfig(space, accepted);
        Optional<MacAddress> mac = attempt(config::mac, Optional.empty());
        Must.hold(mac.isEmpty() || accepted.contains(NetFeature.MAC), "a MAC address without MAC");
        Must.hold(mac.isEmpty() || mac.get().isUnicast(), "not an address of an interface", mac);
        Optional<Integer> mtu = attempt(config::mtu, Optional.empty());
        Must.hold(mtu.isEmpty() || (mtu.get() >= 68 && mtu.get() <= 65535), "not an MTU", mtu);
        FrameLimits limits = attempt(config::limits, new FrameLimits(1500));
        Must.hold(
                limits.receiveBufferSize() >= Math.max(1526, limits.mtu() + 26),
                "a buffer that is too small",
                limits.receiveBufferSize());
        boolean up = attempt(config::linkUp, true);
        Must.hold(
                up || accepted.contains(NetFeature.STATUS), "a link is down that nobody tells of");
        mac.ifPresent(_ -> Landmarks.reach("mac"));
        mtu.ifPresent(_ -> Landmarks.reach("mtu"));
        Landmarks.reach(up ? "link up" : "link down");
    }

    private static <T> T attempt(Supplier<T> read, T otherwise) {
        try {
            return read.get();
        } catch (DeviceFaultException fault) {
            Must.hold(
                    fault.clause().startsWith("5.1.") || fault.clause().equals("2.5"),
                    "another clause",
                    fault);
            Landmarks.reach("fault " + fault.clause());
            return otherwise;
        }
    }

    /** Checks the header of a received frame. */
    public static void header(byte[] bytes) {
        Input input = new Input(bytes);
        byte[] header = new byte[NetHeader.SIZE];
        byte[] given = input.bytes(NetHeader.SIZE);
        System.arraycopy(given, 0, header, 0, given.length);
        if (given.length < 11 || (input.flag() && given.length == 12)) {
            header[10] = 1;
            header[11] = 0;
        }
        MemorySegment memory = MemorySegment.ofArray(header.clone());
        boolean plain = header[0] == 0 && header[1] == 0 && header[10] == 1 && header[11] == 0;
        try {
            NetHeader.checkReceivedPlain(memory);
            Must.hold(plain, "a header that is not plain passed");
            Landmarks.reach("plain");
        } catch (DeviceFaultException fault) {
            Must.hold(!plain, "a plain header was refused");
            Must.hold(fault.clause().startsWith("5.1.9.4.1"), "another clause", fault);
            Landmarks.reach("fault " + fault.clause());
        }
        MemorySegment copy = MemorySegment.ofArray(new byte[NetHeader.SIZE]);
        NetHeader.CODEC.write(NetHeader.CODEC.read(memory), copy);
        Must.hold(
                MemorySegment.mismatch(
                                        memory,
                                        0,
                                        memory.byteSize(),
                                        MemorySegment.ofArray(header),
                                        0,
                                        header.length)
                                < 0
                        && memory.mismatch(copy) < 0,
                "a header is another after it was read and written",
                memory.toArray(ValueLayout.JAVA_BYTE)[0]);
    }
}
