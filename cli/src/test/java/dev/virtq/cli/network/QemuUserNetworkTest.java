package dev.virtq.cli.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The clients against QEMU's own user network, without any virtio between. */
class QemuUserNetworkTest {
    private static final Ipv4Address GATEWAY = Ipv4Address.of(10, 0, 2, 2);

    @TempDir Path folder;
    private SlirpPort port;
    private NetworkHost host;
    private Path served;

    @BeforeEach
    void startQemu() throws Exception {
        Assumptions.assumeTrue(
                SlirpPort.isInstalled(), SlirpPort.QEMU + " is not on the PATH of this computer");
        served = Files.createDirectory(folder.resolve("served"));
        port = new SlirpPort(folder, ",tftp=" + served + ",bootfile=hello.txt");
        host = new NetworkHost(port, Ipv4Settings.QEMU_USER_NETWORK);
    }

    @AfterEach
    void stopQemu() throws Exception {
        if (port != null) {
            port.close();
        }
    }

    @Test
    void theGatewayAndTheNameServerAnswerArp() throws Exception {
        ArpClient arp = new ArpClient(host);

        assertThat(arp.ask(ArpRequest.to(GATEWAY)).mac()).hasToString("52:55:0a:00:02:02");
        assertThat(arp.ask(ArpRequest.to(Ipv4Address.of(10, 0, 2, 3))).mac())
                .hasToString("52:55:0a:00:02:03");
        assertThatThrownBy(() ->
                        arp.ask(
                                new ArpRequest(
                                        Ipv4Address.of(10, 0, 2, 77), 1, Duration.ofMillis(200))))
                .isInstanceOf(NoAnswerException.class);
    }

    @Test
    void pingsOfEverySizeComeBackWhole() throws Exception {
        for (int size : new int[] {0, 1, 56, 1471, 1472}) {
            List<PingEvent> events = new ArrayList<>();
            PingSummary summary =
                    new PingClient(host)
                            .run(
                                    PingRequest.to(GATEWAY)
                                            .withSize(size)
                                            .withInterval(Duration.ZERO),
                                    events::add);
            assertThat(summary.isComplete()).as("%d bytes: %s", size, events).isTrue();
            assertThat(summary.minNanos()).isPositive();
        }
    }

    @Test
    void dhcpGrantsTheAddressOfTheFirstGuest() throws Exception {
        DhcpLease lease = new DhcpClient(port).obtain(Duration.ofSeconds(10));

        assertThat(lease.address()).hasToString("10.0.2.15");
        assertThat(lease.settings()).isEqualTo(Ipv4Settings.QEMU_USER_NETWORK);
        assertThat(lease.leaseTime()).isEqualTo(Duration.ofDays(1));
        assertThat(lease.server()).isEqualTo(GATEWAY);
        assertThat(lease.nextServer()).isEqualTo(GATEWAY);
        assertThat(lease.bootFile()).isEqualTo("hello.txt");
    }

    @Test
    void tftpReadsFilesOfEverySize() throws Exception {
        for (int size : new int[] {0, 1, 511, 512, 513, 1428, 100_000, 1_500_000}) {
            byte[] content = new byte[size];
            new Random(size).nextBytes(content);
            Files.write(served.resolve("file"), content);
            Path target = folder.resolve("target");

            TftpReceipt receipt =
                    new TftpClient(host)
                            .download(
                                    TftpRequest.of(GATEWAY, "/file"), target, TftpProgress.SILENT);

            assertThat(receipt.bytes()).isEqualTo(size);
            assertThat(receipt.blockSize()).isEqualTo(1428);
            assertThat(Arrays.equals(Files.readAllBytes(target), content)).isTrue();
        }
    }

    @Test
    void tftpBlockNumbersWrap() throws Exception {
        byte[] content = new byte[16 * 65536 + 5];
        new Random(1).nextBytes(content);
        Files.write(served.resolve("file"), content);
        Path target = folder.resolve("target");

        TftpReceipt receipt =
                new TftpClient(host)
                        .download(
                                TftpRequest.of(GATEWAY, "/file").withBlockSize(16),
                                target,
                                TftpProgress.SILENT);

        assertThat(receipt.blocks()).isEqualTo(65537);
        assertThat(Arrays.equals(Files.readAllBytes(target), content)).isTrue();
    }

    @Test
    void tftpErrorsAreQuoted() {
        assertThatThrownBy(() ->
                        new TftpClient(host)
                                .download(
                                        TftpRequest.of(GATEWAY, "/absent"),
                                        folder.resolve("target"),
                                        TftpProgress.SILENT))
                .isInstanceOf(NetworkException.class)
                .hasMessage("10.0.2.2 refused \"/absent\": File not found (TFTP error 1)");
        assertThat(folder.resolve("target")).doesNotExist();
    }
}
