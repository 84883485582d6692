package dev.virtq.benchmarks.ping;

import dev.virtq.device.DeviceType;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.machine.MachineProvider;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.ServiceLoader;

/**
 * Pings QEMU's gateway through virtq and by hand, in alternation, each on a QEMU of its own, and
 * counts the echo replies that arrive.
 *
 * <p>Run it with the number of pings of each kind: {@code PingComparison 2000}.
 */
public final class PingComparison {
    private static final int WARM_UP = 500;
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private PingComparison() {}

    /**
     * Prints the medians, and their ratio.
     *
     * @param arguments the number of pings of each kind; 2000 when absent
     * @throws Exception when a machine does not start or a reply does not come
     */
    public static void main(String[] arguments) throws Exception {
        int count = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 2000;
        MachineProvider provider =
                ServiceLoader.load(MachineProvider.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .filter(candidate -> candidate.name().equals("qemu-local"))
                        .findFirst()
                        .orElseThrow();
        try (BarePing bare = new BarePing(haltFirmware());
                Machine machine = provider.start(MachineOptions.DEFAULT);
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
            // The gateway answers a ping only when it has heard of the guest: ARP first.
            byte[] ourMac = HexFormat.ofDelimiter(":").parseHex(net.mac().toString());
            net.send(MemorySegment.ofArray(arp(ourMac)));
            receive(net);
            bare.frame(arp(bareMac()));
            bare.exchange();

            MemorySegment ping = MemorySegment.ofArray(ping(ourMac));
            bare.frame(ping(bareMac()));
            long[] virtqNanos = new long[count];
            long[] bareNanos = new long[count];
            int replies = 0;
            for (int i = -WARM_UP; i < count; i++) {
                long start = System.nanoTime();
                MemorySegment reply = bare.exchange();
                long middle = System.nanoTime();
                net.send(ping);
                MemorySegment other = receive(net);
                long end = System.nanoTime();
                if (isEchoReply(reply) && isEchoReply(other)) {
                    replies++;
                }
                if (i >= 0) {
                    bareNanos[i] = middle - start;
                    virtqNanos[i] = end - middle;
                }
            }
            Arrays.sort(bareNanos);
            Arrays.sort(virtqNanos);
            System.out.printf("%d of %d echo replies each%n", replies, count + WARM_UP);
            print("bare qtest", bareNanos);
            print("virtq", virtqNanos);
            System.out.printf(
                    "median virtq / median bare: %.2f%n",
                    (double) virtqNanos[count / 2] / bareNanos[count / 2]);
        }
    }

    private static MemorySegment receive(NetDevice net) throws InterruptedException {
        MemorySegment frame = net.receive(PATIENCE);
        if (frame == null) {
            throw new IllegalStateException("no reply within " + PATIENCE);
        }
        return frame;
    }

    private static void print(String name, long[] nanos) {
        System.out.printf(
                "%-10s  min %6.1f us  median %6.1f us  99%% %6.1f us%n",
                name,
                nanos[0] / 1e3,
                nanos[nanos.length / 2] / 1e3,
                nanos[(int) (nanos.length * 0.99)] / 1e3);
    }

    private static byte[] bareMac() {
        return HexFormat.of().parseHex("525400123456");
    }

    private static boolean isEchoReply(MemorySegment frame) {
        return frame.byteSize() >= 42
                && frame.get(ValueLayout.JAVA_BYTE, 23) == 1
                && frame.get(ValueLayout.JAVA_BYTE, 34) == 0;
    }

    private static byte[] arp(byte[] mac) {
        return ByteBuffer.allocate(60)
                .put(HexFormat.of().parseHex("ffffffffffff"))
                .put(mac)
                .put(HexFormat.of().parseHex("08060001080006040001"))
                .put(mac)
                .put(HexFormat.of().parseHex("0a00020f0000000000000a000202"))
                .array();
    }

    private static byte[] ping(byte[] mac) {
        byte[] icmp = new byte[64];
        icmp[0] = 8;
        icmp[5] = 1;
        checksum(icmp, 2);
        byte[] ip = HexFormat.of().parseHex("450000540000000040010000" + "0a00020f" + "0a000202");
        checksum(ip, 10);
        return ByteBuffer.allocate(98)
                .put(HexFormat.of().parseHex("52550a000202"))
                .put(mac)
                .putShort((short) 0x0800)
                .put(ip)
                .put(icmp)
                .array();
    }

    private static void checksum(byte[] bytes, int at) {
        int sum = 0;
        for (int i = 0; i < bytes.length; i += 2) {
            sum += (bytes[i] & 0xff) << 8 | (bytes[i + 1] & 0xff);
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        bytes[at] = (byte) (~sum >> 8);
        bytes[at + 1] = (byte) ~sum;
    }

    /** 64 KiB whose reset vector halts. */
    private static byte[] haltFirmware() {
        byte[] firmware = new byte[1 << 16];
        System.arraycopy(HexFormat.of().parseHex("faf4ebfd"), 0, firmware, 0xfff0, 4);
        return firmware;
    }
}
