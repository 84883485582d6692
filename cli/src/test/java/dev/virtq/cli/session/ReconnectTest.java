package dev.virtq.cli.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.cli.value.CommandException;
import dev.virtq.device.Recovery;
import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.machine.MachineProvider;
import dev.virtq.machine.sim.vhostuser.SimBackEnd;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.Virtqueue;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The way on when a back end was started again, as {@code reconnect} goes it. */
@Timeout(30)
class ReconnectTest {
    private static final Duration LONG = Duration.ofSeconds(10);

    @TempDir private Path folder;

    @Test
    void bareHandsGoOnWithTheSameDevice() throws Exception {
        List<String> remarks = new ArrayList<>();
        Path socket = folder.resolve("socket");
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, (frame, replies) -> {});
                Machine machine = machine(socket);
                DeviceDrive drive = drive(machine, remarks)) {
            Virtqueue queue = drive.rawQueue("1");
            backEnd.hangUp();
            while (drive.transport().lost().isEmpty()) {
                Thread.sleep(1);
            }
            TransferToken token = queue.prepare(BufferList.send(drive.raw().memory().allocate(72)));
            token.submit();
            queue.publish(); // nobody has noticed yet
            DeviceDrive.GoneOn goneOn = drive.reconnect(LONG);
            assertThat(goneOn).isEqualTo(new DeviceDrive.GoneOn(new Recovery(0, 1, 0, 0), 0));
            assertThat(drive.rawQueue("1")).isSameAs(queue);
            assertThat(queue.poll(LONG)).isSameAs(token);
            assertThat(backEnd.conversations()).isEqualTo(2);
            assertThat(remarks).hasSize(1);
        }
    }

    @Test
    void thereHasToBeSomebodyWhoGoesOn() throws Exception {
        Path socket = folder.resolve("socket");
        try (SimBackEnd backEnd = SimBackEnd.listen(socket, (frame, replies) -> {});
                Machine machine = machine(socket);
                DeviceDrive drive = drive(machine, new ArrayList<>())) {
            assertThatThrownBy(() -> drive.reconnect(LONG))
                    .isInstanceOf(CommandException.class)
                    .hasMessageStartingWith("nobody drives net0, so there is nothing");
            assertThat(backEnd.conversations()).isZero();
        }
    }

    private static Machine machine(Path socket) {
        return ServiceLoader.load(MachineProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.name().equals("vhost-user"))
                .findFirst()
                .orElseThrow()
                .start(MachineOptions.DEFAULT.withLocation(socket.toString()));
    }

    private static DeviceDrive drive(Machine machine, List<String> remarks) {
        return new DeviceDrive(machine.devices().getFirst(), DriveOptions.DEFAULT, remarks::add);
    }
}
