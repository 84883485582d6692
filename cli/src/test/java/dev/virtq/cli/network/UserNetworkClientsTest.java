package dev.virtq.cli.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.machine.sim.network.UserNetworkSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The clients against sim's network: two parsers that know nothing of each other. */
class UserNetworkClientsTest {
    private static final Ipv4Address GATEWAY = Ipv4Address.of(10, 0, 2, 2);

    @TempDir Path folder;

    @Test
    void theHostsOfTheNetworkAnswerArpFromTheirOwnAddresses() throws Exception {
        ArpClient arp = new ArpClient(new SimulatedLink(UserNetworkSettings.NOTHING).host());

        for (int last = 2; last <= 3; last++) {
            ArpAnswer answer = arp.ask(ArpRequest.to(Ipv4Address.of(10, 0, 2, last)));
            assertThat(answer.mac()).hasToString("52:55:0a:00:02:0" + last);
            assertThat(answer.roundTripNanos()).isEqualTo(ScriptedPort.LATENCY.toNanos());
        }
        assertThatThrownBy(() -> arp.ask(ArpRequest.to(Ipv4Address.of(10, 0, 2, 5))))
                .isInstanceOf(NoAnswerException.class)
                .hasMessage("nobody answered ARP for 10.0.2.5 (asked 3 times, waited 1 s each)");
    }

    @Test
    void pingsOfEverySizeUpToTheMtuComeBackWhole() throws Exception {
        NetworkHost host = new SimulatedLink(UserNetworkSettings.NOTHING).host();
        for (int size = 0; size <= 1472; size++) {
            List<PingEvent> events = new ArrayList<>();
            PingSummary summary =
                    new PingClient(host)
                            .run(PingRequest.to(GATEWAY).withSize(size).withCount(1), events::add);
            assertThat(summary.isComplete()).as("%d bytes: %s", size, events).isTrue();
        }
    }

    @Test
    void theNameServerEchoesToo() throws Exception {
        SimulatedLink link = new SimulatedLink(UserNetworkSettings.NOTHING);
        PingRequest request = PingRequest.to(Ipv4Address.of(10, 0, 2, 3)).withCount(3);

        assertThat(new PingClient(link.host()).run(request, _ -> {}).received()).isEqualTo(3);
    }

    @Test
    void theGatewayFindsOutWhereAGuestIsThatItDoesNotKnow() throws Exception {
        // Whoever has the gateway's address in its cache sends without asking first.
        SimulatedLink link = new SimulatedLink(UserNetworkSettings.NOTHING);
        NetworkHost forgetful = link.host();
        link.losesThere = frame -> NetworkOrder.u16(frame, 12) == EthernetFrame.TYPE_ARP;
        link.port.deliver(
                Hex.bytes(
                        "525400123456 52550a000202 0806 0001 0800 06 04 0002"
                                + "52550a000202 0a000202 525400123456 0a00020f"));
        assertThat(forgetful.receive(link.port.clock.nanoTime() + 1)).isNotNull();
        link.losesThere = _ -> false;

        PingSummary summary =
                new PingClient(forgetful).run(PingRequest.to(GATEWAY).withCount(2), _ -> {});

        assertThat(summary.isComplete()).isTrue();
        assertThat(link.port.sent)
                .filteredOn(frame -> NetworkOrder.u16(frame, 12) == EthernetFrame.TYPE_ARP)
                .as("the answer to the gateway's question, and nothing else")
                .hasSize(1);
    }

    @Test
    void dhcpGrantsWhatQemuGrants() throws Exception {
        SimulatedLink link = new SimulatedLink(new UserNetworkSettings(null, "boot/kernel.img"));
        DhcpLease lease =
                new DhcpClient(link.host(Ipv4Settings.UNCONFIGURED)).obtain(Duration.ofSeconds(10));

        assertThat(lease)
                .isEqualTo(
                        new DhcpLease(
                                Ipv4Address.of(10, 0, 2, 15),
                                24,
                                GATEWAY,
                                GATEWAY,
                                List.of(Ipv4Address.of(10, 0, 2, 3)),
                                Duration.ofDays(1),
                                GATEWAY,
                                null,
                                "boot/kernel.img"));
        assertThat(lease.settings()).isEqualTo(Ipv4Settings.QEMU_USER_NETWORK);
    }

    @Test
    void dhcpAsksAgainForWhatWasLost() throws Exception {
        SimulatedLink link = new SimulatedLink(UserNetworkSettings.NOTHING);
        int[] frames = new int[2];
        link.losesThere = _ -> frames[0]++ < 2;
        link.losesBack = _ -> frames[1]++ == 1;
        long begin = link.port.clock.nanoTime();

        DhcpLease lease =
                new DhcpClient(link.host(Ipv4Settings.UNCONFIGURED)).obtain(Duration.ofSeconds(10));

        assertThat(lease.address()).hasToString("10.0.2.15");
        assertThat(link.port.sent).as("DISCOVER three times, REQUEST twice").hasSize(5);
        assertThat(Duration.ofNanos(link.port.clock.nanoTime() - begin).toMillis())
                .as("1 s and 2 s for the offer, 1 s for the ACK")
                .isEqualTo(4000);
    }

    @Test
    void tftpReadsFilesOfEverySize() throws Exception {
        for (int size : new int[] {0, 1, 511, 512, 513, 1427, 1428, 1429, 2856, 300_001}) {
            byte[] content = content(size);
            Files.write(folder.resolve("file"), content);
            List<String> progress = new ArrayList<>();

            TftpReceipt receipt =
                    new TftpClient(link().host())
                            .download(
                                    TftpRequest.of(GATEWAY, "/file"),
                                    folder.resolve("target"),
                                    (bytes, total) -> progress.add(bytes + "/" + total));

            assertThat(Files.readAllBytes(folder.resolve("target"))).isEqualTo(content);
            assertThat(receipt.bytes()).isEqualTo(size);
            assertThat(receipt.blockSize()).isEqualTo(1428);
            assertThat(receipt.blocks()).isEqualTo(size / 1428 + 1).isEqualTo(progress.size());
            assertThat(progress.getLast()).isEqualTo(size + "/" + size);
            assertThat(receipt.retransmissions()).isZero();
        }
        assertThat(folder).isDirectoryNotContaining("glob:**.part");
    }

    @Test
    void tftpBlockNumbersWrap() throws Exception {
        byte[] content = content(8 * 65536 + 3);
        Files.write(folder.resolve("file"), content);

        TftpReceipt receipt =
                new TftpClient(link().host())
                        .download(
                                TftpRequest.of(GATEWAY, "/file").withBlockSize(8),
                                folder.resolve("target"),
                                TftpProgress.SILENT);

        assertThat(receipt.blocks()).isEqualTo(65536 + 1);
        assertThat(Arrays.equals(Files.readAllBytes(folder.resolve("target")), content)).isTrue();
    }

    @Test
    void tftpSurvivesLossInBothDirections() throws Exception {
        byte[] content = content(200_000);
        Files.write(folder.resolve("file"), content);
        for (long seed = 1; seed <= 20; seed++) {
            SimulatedLink link = link();
            Random random = new Random(seed);
            link.losesThere = _ -> random.nextInt(10) == 0;
            link.losesBack = _ -> random.nextInt(10) == 0;

            TftpReceipt receipt =
                    new TftpClient(link.host())
                            .download(
                                    TftpRequest.of(GATEWAY, "/file")
                                            .withPatience(20, Duration.ofMillis(500)),
                                    folder.resolve("target"),
                                    TftpProgress.SILENT);

            assertThat(Files.readAllBytes(folder.resolve("target")))
                    .as("seed %d", seed)
                    .isEqualTo(content);
            assertThat(receipt.retransmissions()).as("seed %d", seed).isPositive();
        }
    }

    @Test
    void tftpStaysInsideItsDirectory() throws Exception {
        Files.createDirectory(folder.resolve("inside"));
        Files.writeString(folder.resolve("secret"), "secret");
        Files.createSymbolicLink(folder.resolve("inside/link"), folder.resolve("secret"));
        SimulatedLink link =
                new SimulatedLink(new UserNetworkSettings(folder.resolve("inside"), null));

        for (String path :
                new String[] {"../secret", "/../secret", "x/../../secret", "/link", "/x/", "//"}) {
            assertThatThrownBy(() -> read(link, path))
                    .isInstanceOf(NetworkException.class)
                    .hasMessageContaining("Access violation (TFTP error 2)");
        }
        for (String path : new String[] {"/absent", "..", "/.", "absent/.."}) {
            assertThatThrownBy(() -> read(link, path))
                    .isInstanceOf(NetworkException.class)
                    .hasMessageMatching(".*(File not found|Access violation) \\(TFTP error .\\)");
        }
    }

    @Test
    void tftpWithoutADirectoryIsRefused() {
        assertThatThrownBy(() -> read(new SimulatedLink(UserNetworkSettings.NOTHING), "/file"))
                .isInstanceOf(NetworkException.class)
                .hasMessage("10.0.2.2 refused \"/file\": Access violation (TFTP error 2)");
    }

    private void read(SimulatedLink link, String path) throws Exception {
        new TftpClient(link.host())
                .download(
                        TftpRequest.of(GATEWAY, path),
                        folder.resolve("target"),
                        TftpProgress.SILENT);
    }

    private SimulatedLink link() {
        return new SimulatedLink(new UserNetworkSettings(folder, null));
    }

    private static byte[] content(int size) {
        byte[] content = new byte[size];
        new Random(size).nextBytes(content);
        return content;
    }
}
