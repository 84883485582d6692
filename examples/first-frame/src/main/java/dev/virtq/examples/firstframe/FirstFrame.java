package dev.virtq.examples.firstframe;

import dev.virtq.device.DeviceType;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.machine.sim.SimMachine;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.HexFormat;

/** Asks who has 10.0.2.2, and prints the answer. */
final class FirstFrame {
    private FirstFrame() {}

    public static void main(String[] args) throws InterruptedException {
        try (var machine = SimMachine.start();
                var net = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
            String mac = net.mac().toString().replace(":", "");
            net.send(
                    bytes(
                            "ffffffffffff"
                                    + mac
                                    + "0806" // Ethernet: to all, from us, ARP
                                    + "0001080006040001" // who has ...
                                    + mac
                                    + "0a00020f" // ... tell 10.0.2.15 ...
                                    + "000000000000"
                                    + "0a000202")); // ... 10.0.2.2?
            MemorySegment answer = net.receive(Duration.ofSeconds(1));
            if (answer == null) {
                throw new IllegalStateException("nobody answered");
            }
            byte[] gateway = answer.asSlice(22, 6).toArray(ValueLayout.JAVA_BYTE);
            System.out.println("10.0.2.2 is at " + HexFormat.ofDelimiter(":").formatHex(gateway));
        }
    }

    private static MemorySegment bytes(String hex) {
        return MemorySegment.ofArray(HexFormat.of().parseHex(hex));
    }
}
