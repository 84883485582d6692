package dev.virtq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Bad input: one line that says what was wrong and what was expected, and a status that is not 0.
 */
class BadInputTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    # command                        | status | what the line says
                    devcies                          | 2 | unknown command 'devcies' (did you mean: devices, device?)
                    frobnicate                       | 2 | unknown command 'frobnicate'; 'help' tells more
                    queue 0 sned                     | 2 | unknown command 'queue sned' (did you mean: send?)
                    net pign 10.0.2.2                | 2 | unknown command 'net pign' (did you mean: ping?)
                    net                              | 2 | 'net' needs to know what (expected: up, ping, arp, dhcp, tftp, capture)
                    mem                              | 2 | 'mem' needs to know what (expected: dump)
                    devices --jsno                   | 2 | unknown option '--jsno' of 'devices' (did you mean: --json?); 'help devices' tells more
                    devices net0                     | 2 | 'net0' is one word too many for 'devices'; 'help devices' tells more
                    help frob                        | 1 | there is no command 'frob'
                    help net pnig                    | 1 | there is no command 'net pnig' (did you mean: ping?)
                    queue                            | 2 | 'queue' is missing its QUEUE; 'help queue' tells more
                    use                              | 2 | 'use' is missing its DEVICE; 'help use' tells more
                    use vga0                         | 1 | there is no device 'vga0' (expected: net0)
                    queue 2                          | 1 | there is no queue 2 (expected: 0..1, or receiveq1, transmitq1)
                    queue rx                         | 1 | there is no queue 'rx' (expected: 0..1, or receiveq1, transmitq1)
                    queue 99999999999 kick           | 1 | there is no queue 99999999999 (expected: 0..1, or receiveq1, transmitq1)
                    queue -1                         | 1 | there is no queue '-1' (expected: 0..1, or receiveq1, transmitq1)
                    queue 0 send                     | 1 | there is nothing to send (expected: --readable hex:..., --writable LEN, or both)
                    queue 0 send -r hex:0g           | 2 | --readable: 'g' at position 6 is no hex digit (expected: pairs of 0-9 and a-f)
                    queue 0 send -r hex:012          | 2 | --readable: the digit at position 7 has no partner (expected: two hex digits for each byte)
                    queue 0 send -r hex:             | 2 | --readable: 'hex:' has no bytes (expected: at least one)
                    queue 0 send -r 00ff             | 2 | --readable: '00ff' does not say what it is (expected: hex:0a0b, text:hello or zero:12)
                    queue 0 send -r zero:9999999999  | 2 | --readable: 'zero:9999999999' has too many bytes (expected: at most 16777216)
                    queue 0 send -w 0                | 1 | a writable buffer of 0 bytes (expected: 1..16777216)
                    queue 0 send -w 1T               | 2 | --writable: '1T' is no number of bytes (expected: 64, 0x40, 4K, 256M or 2G)
                    queue 0 send -w                  | 2 | 'queue send' is missing the LEN of --writable; 'help queue send' tells more
                    mem dump 0x0 16                  | 1 | 16 bytes at 0x0 are not in RAM (RAM is at: 0x100000..0x20fffff, 0x100000000..0x101ffffff)
                    mem dump 0x20fffff 2             | 1 | 2 bytes at 0x20fffff are not in RAM (RAM is at: 0x100000..0x20fffff, 0x100000000..0x101ffffff)
                    mem dump 0xffffffffffffffff 2    | 1 | 2 bytes at 0xffffffffffffffff are not in RAM (RAM is at: 0x100000..0x20fffff, 0x100000000..0x101ffffff)
                    mem dump 0xzz 16                 | 2 | ADDR: '0xzz' is no address (expected: 0x1000 or 4096)
                    mem dump 0x100000 0              | 1 | cannot dump 0 bytes (expected: 1..1048576)
                    mem dump 0x100000                | 2 | 'mem dump' is missing its LEN; 'help mem dump' tells more
                    pci                              | 1 | the machine 'sim' has no PCI bus (expected: --machine qemu, qemu-local or host)
                    device                           | 2 | 'device' needs to know what (expected: plug, unplug)
                    device plug                      | 2 | 'device plug' needs to know what (expected: net)
                    device plug nte                  | 2 | unknown command 'device plug nte' (did you mean: net?)
                    device plug net                  | 1 | the machine 'sim' has the devices that it started with (expected: --machine qemu or qemu-local, to plug others in)
                    device plug net --mac            | 2 | 'device plug net' is missing the MAC of --mac; 'help device plug net' tells more
                    device unplug                    | 2 | 'device unplug' is missing its DEVICE; 'help device unplug' tells more
                    device unplug net0               | 1 | the machine 'sim' has the devices that it started with (expected: --machine qemu or qemu-local, to plug others in)
                    net ping 10.0.2                  | 2 | IP: "10.0.2" is no IPv4 address (expected: four numbers 0..255, as in 10.0.2.2)
                    net ping 10.0.2.2 -c x           | 2 | --count: 'x' is not an int
                    net ping 10.0.2.2 -c 0           | 1 | a count of 0 (expected: 1..65536)
                    net ping 10.0.2.2 -i soon        | 2 | --interval: 'soon' is no time (expected: 5s, 0.2, 200ms, 50us or 2m)
                    net ping 10.0.2.2 -s 9000        | 1 | a ping of 9000 bytes does not fit the MTU of 1500 (at most 1472 bytes)
                    net capture                      | 1 | where should the frames go (expected: -w FILE to start, or --stop alone)
                    net capture --stop               | 1 | no capture goes on ('net capture -w FILE' starts one)
                    net capture -w /none/x.pcapng    | 1 | /none/x.pcapng: there is no such file or folder
                    queue 0 'send                    | 1 | the quote at position 9 is not closed (expected: another ')
                    """)
    void oneLineSaysWhatWasWrong(String command, int status, String line) {
        VirtqRun run = VirtqRun.sim(command);

        assertThat(run.err()).isEqualTo("virtq: " + line + "\n");
        assertThat(run.status()).isEqualTo(status);
    }

    @Test
    void aMissingMachineSaysWhatThereIs() {
        VirtqRun run = VirtqRun.of("devices", "--machine", "bochs");

        assertThat(run.err())
                .startsWith("virtq: there is no machine 'bochs' (expected: ")
                .endsWith("sim, host, vhost-user)\n")
                .hasLineCount(1);
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '!',
            textBlock =
                    """
                    vhost-user                    !                ! --machine vhost-user does not say where it is (expected: vhost-user:SOCKET[,type=net|fs|blk|...][,listen])
                    vhost-user:FOLDER/none        !                ! there is no socket at FOLDER/none (expected: one on which a back end listens; ',listen' behind it waits for one that connects)
                    vhost-user:,type=fs           !                ! ',type=fs' names no socket (expected: SOCKET[,type=net|fs|blk|...][,listen])
                    vhost-user:FOLDER             !                ! what is at FOLDER is no socket (expected: one on which a back end listens)
                    vhost-user:FOLDER/file        !                ! what is at FOLDER/file is no socket (expected: one on which a back end listens)
                    vhost-user:FOLDER/deaf,type=banana !           ! there is no device type 'banana' (expected: net, fs, blk, ...)
                    vhost-user:FOLDER/deaf        ! --qemu-arg=-x  ! the machine vhost-user has no use for QEMU arguments, since its back end runs already
                    vhost-user:FOLDER/deaf        ! --image=debian ! the machine vhost-user has no use for a container image, since its back end runs already
                    vhost-user:FOLDER,listen      !                ! what is at FOLDER is no socket, and stays (expected: nothing, or a socket that was left behind)
                    vhost-user:FOLDER/no/x,listen !                ! there is no folder for a socket at FOLDER/no/x (expected: FOLDER/no)
                    vhost-user:FOLDER/x,listen,listen !            ! 'FOLDER/x,listen,listen' says twice what may be said once (expected: SOCKET[,type=net|fs|blk|...][,listen])
                    vhost-user:FOLDER/x,listen    ! --image=debian ! the machine vhost-user has no use for a container image, since its back end runs already
                    host                          !                ! --machine host does not say where it is (expected: host:[DOMAIN:]BUS:DEVICE.FUNCTION)
                    host:eth0                     !                ! 'eth0' is no PCI address (expected: [DOMAIN:]BUS:DEVICE.FUNCTION in hex, as in 0000:00:03.0 or 00:03.0)
                    host:00:03.0                  ! --image=debian ! the machine host has no use for a container image, since its device is there already
                    sim:foo                       !                ! --machine sim:foo: nothing belongs behind the colon (expected: sim)
                    """)
    void aBackEndThatCannotBeThereIsNotLookedFor(
            String machine, @Nullable String option, String line, @TempDir Path folder)
            throws IOException {
        Files.createFile(folder.resolve("file"));
        leaveSocket(folder.resolve("deaf"));
        List<String> words = new ArrayList<>(List.of("features", "--machine"));
        words.add(machine.replace("FOLDER", folder.toString()));
        if (option != null) {
            words.add(option);
        }

        VirtqRun run = VirtqRun.of(words.toArray(String[]::new));

        assertThat(run.err())
                .isEqualTo("virtq: " + line.replace("FOLDER", folder.toString()) + "\n");
        assertThat(run.status()).isEqualTo(1);
    }

    @Test
    void aSocketOnWhichNobodyListensIsNamed(@TempDir Path folder) throws IOException {
        Path deaf = folder.resolve("deaf");
        leaveSocket(deaf);

        VirtqRun run = VirtqRun.of("features", "--machine", "vhost-user:" + deaf);

        assertThat(run.err())
                .isEqualTo(
                        "virtq: no back end answers at "
                                + deaf
                                + ": connect: ECONNREFUSED; when it is there again, 'reconnect' goes on and 'reset' begins anew\n");
        assertThat(run.status()).isEqualTo(1);
    }

    @Test
    void moreMemoryThanThereIsIsRefused(@TempDir Path folder) throws IOException {
        Path deaf = folder.resolve("deaf");
        leaveSocket(deaf);

        VirtqRun run =
                VirtqRun.of("features", "--machine", "vhost-user:" + deaf, "--memory", "900000G");

        assertThat(run.err())
                .startsWith("virtq: ")
                .doesNotContain("internal error")
                .hasLineCount(1);
        assertThat(run.status()).isEqualTo(1);
    }

    /** What is left when whoever listened has gone. */
    private static void leaveSocket(Path path) throws IOException {
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(UnixDomainSocketAddress.of(path));
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    --memory     | 1K      | memory of 1024 bytes (expected: at least 8 MiB)
                    --memory     | much    | --memory: 'much' is no number of bytes (expected: 64, 0x40, 4K, 256M or 2G)
                    --queue-size | 100     | --queue-size 100 (expected: a power of two, 1..32768; or any number of them with --packed)
                    --queue-size | 0       | --queue-size 0 (expected: a power of two, 1..32768; or any number of them with --packed)
                    --features | event_idx | --features: 'event_idx' has no + or - before it (expected: +in_order to have a feature, -event_idx to refuse one; commas between them)
                    --features | -evnt_idx | --features: there is no feature 'evnt_idx' (did you mean: event_idx?)
                    --features | +packed   | --features: there is no feature 'packed' (did you mean: ring_packed?)
                    --features | -frob     | --features: there is no feature 'frob' ('virtq features' lists those of a device)
                    --features | -version_1 | --features: '-version_1': VERSION_1 cannot be refused, without it the device would be a legacy one
                    --features | -mac,,-mtu | --features: there is a name missing (expected: +in_order to have a feature, -event_idx to refuse one; commas between them)
                    --features | +event_idx,-event_idx | EVENT_IDX is both asked for and refused (expected: one of the two)
                    --features | +sr_iov   | the device of the machine sim cannot offer SR_IOV
                    --tftp       | /none/x | --tftp /none/x: there is no such folder
                    --image      | debian  | the machine sim has no use for a container image; choose another, or leave it out
                    """)
    void aMachineThatCannotBeLikeThatSaysSo(String option, String value, String line) {
        VirtqRun run = VirtqRun.of("devices", "--machine", "sim", option, value);

        assertThat(run.err()).isEqualTo("virtq: " + line + "\n");
        assertThat(run.status()).isNotZero();
    }

    @Test
    void noCommandAtAllSaysWhatToType() {
        VirtqRun run = VirtqRun.of();

        assertThat(run.err())
                .isEqualTo(
                        "virtq: what shall be done? ('virtq shell' starts the shell, 'virtq help' lists the"
                                + " commands)\n");
        assertThat(run.status()).isEqualTo(1);
    }

    @Test
    void aStackTraceIsShownOnRequestOnly() {
        assertThat(VirtqRun.sim("use vga0").err()).doesNotContain("\tat ");
        assertThat(VirtqRun.sim("use vga0", "--verbose").err())
                .startsWith("virtq: there is no device 'vga0'")
                .contains("\tat dev.virtq.cli");
    }

    @Test
    void aScriptThatIsNotThereIsNamed(@TempDir Path folder) {
        Path script = folder.resolve("missing.virtq");

        VirtqRun run = VirtqRun.of("run", script.toString(), "--machine", "sim");

        assertThat(run.err()).isEqualTo("virtq: " + script + ": there is no such file or folder\n");
        assertThat(run.status()).isEqualTo(1);
    }
}
