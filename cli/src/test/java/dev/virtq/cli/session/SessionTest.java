package dev.virtq.cli.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.value.CommandException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.Transport;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.machine.Machine;
import dev.virtq.machine.sim.SimMachine;
import dev.virtq.memory.DmaMemory;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SessionTest {
    private final List<String> events = new ArrayList<>();
    private final Console console =
            new Console(new ByteArrayOutputStream(), new ByteArrayOutputStream(), false);

    @Test
    void theMachineStartsWhenItIsNeededAndOnce() {
        try (Session session = session(machine())) {
            assertThat(events).isEmpty();

            session.machine();
            session.machine();

            assertThat(events).containsExactly("start");
        }
    }

    @Test
    void theEndOfTheSessionIsTheEndOfTheMachine() {
        Session session = session(machine());
        session.machine();

        session.close();
        session.close();

        assertThat(events).startsWith("start", "close");
        assertThat(session.isOver()).isTrue();
    }

    @Test
    void aSessionThatNeverNeededAMachineStartsNoneAtItsEnd() {
        session(machine()).close();

        assertThat(events).isEmpty();
    }

    @Test
    void aMachineThatWasStillStartingAtTheEndIsClosed() {
        Session[] session = new Session[1];
        session[0] =
                new Session(
                        console,
                        () -> {
                            session[0].shutDown(); // as a signal does in the middle of a slow start
                            return new MachineChoice.Started(machine(), "test");
                        },
                        () -> DriveOptions.DEFAULT);

        session[0].machine();

        assertThat(events).containsExactly("close");
    }

    @Test
    void nothingIsStartedAfterTheEnd() {
        Session session = session(machine());
        session.shutDown();

        assertThatThrownBy(session::machine).isInstanceOf(CommandException.class);
        assertThat(events).isEmpty();
    }

    @Test
    void theMachineEndsThoughADeviceDoesNot() {
        Machine machine =
                machine(
                        new Device("net0", Optional.of(DeviceType.NETWORK)) {
                            @Override
                            public Transport open() {
                                throw new IllegalStateException("no way");
                            }
                        });
        Session session = session(machine);

        assertThatThrownBy(() -> session.drive().transport()).hasMessage("no way");
        session.close();

        assertThat(events).containsExactly("start", "close");
    }

    @Test
    void theFirstVirtioDeviceIsTheOneThatIsDriven() {
        try (Session session =
                session(
                        machine(
                                new Device("bridge", Optional.empty()),
                                new Device("net0", Optional.of(DeviceType.NETWORK)),
                                new Device("net1", Optional.of(DeviceType.NETWORK))))) {
            assertThat(session.device().name()).isEqualTo("net0");

            session.use("net1");

            assertThat(session.device().name()).isEqualTo("net1");
        }
    }

    @Test
    void aDeviceThatIsNotVirtioIsRefused() {
        try (Session session =
                session(
                        machine(
                                new Device("bridge", Optional.empty()),
                                new Device("net0", Optional.of(DeviceType.NETWORK))))) {
            assertThatThrownBy(() -> session.use("bridge"))
                    .hasMessage("'bridge' is not a virtio device (virtio devices: net0)");
        }
    }

    @Test
    void aMachineWithoutVirtioDevicesSaysSo() {
        try (Session session = session(machine(new Device("bridge", Optional.empty())))) {
            assertThatThrownBy(session::device)
                    .hasMessage("the machine has no virtio device (it has: bridge)");
        }
    }

    @Test
    void theNetworkDriverRefusesOtherDevices() {
        try (Session session =
                session(machine(new Device("rng0", Optional.of(DeviceType.ENTROPY))))) {
            assertThatThrownBy(() -> session.drive().net())
                    .hasMessageStartingWith("rng0 is a rng device (expected: a net device;");
        }
    }

    @Test
    void theQueuesOfANetworkDeviceHaveTheNamesOfTheStandard() {
        assertThat(new QueueNames(DeviceType.NETWORK, 2).all())
                .containsExactly("receiveq1", "transmitq1");
        assertThat(new QueueNames(DeviceType.NETWORK, 5).all())
                .containsExactly("receiveq1", "transmitq1", "receiveq2", "transmitq2", "controlq");
        assertThat(new QueueNames(DeviceType.of(77), 1).all()).containsExactly("");
    }

    @Test
    void aHoleIsFoundWhereMemoryIsTwoRuns() {
        try (SimMachine machine = SimMachine.start()) {
            MemoryHole hole = MemoryHole.of(machine.memory()).orElseThrow();

            assertThat(hole).isEqualTo(new MemoryHole(0x210_0000, 0x1_0000_0000L));
            assertThat(hole.straddle(machine.memory(), 100).extents()).hasSize(2);
        }
        assertThat(MemoryHole.of(new DmaMemory())).isEmpty();
    }

    private Session session(Machine machine) {
        return new Session(
                console,
                () -> {
                    events.add("start");
                    return new MachineChoice.Started(machine, "test");
                },
                () -> DriveOptions.DEFAULT);
    }

    private Machine machine(AttachedDevice... devices) {
        return new EmptyMachine(List.of(devices), new DmaMemory(), events);
    }

    private record EmptyMachine(List<AttachedDevice> devices, DmaMemory memory, List<String> events)
            implements Machine {
        @Override
        public String kind() {
            return "empty";
        }

        @Override
        public String description() {
            return "a machine for tests";
        }

        @Override
        public Map<String, String> details() {
            return Map.of();
        }

        @Override
        public void close() {
            events.add("close");
        }
    }

    private static class Device implements AttachedDevice {
        private final String name;
        private final Optional<DeviceType> type;

        Device(String name, Optional<DeviceType> type) {
            this.name = name;
            this.type = type;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Optional<DeviceType> type() {
            return type;
        }

        @Override
        public String location() {
            return "nowhere";
        }

        @Override
        public Transport open() {
            throw new AssertionError("nobody should open " + name);
        }
    }
}
