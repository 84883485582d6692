package dev.virtq.cli.network;

import dev.virtq.machine.sim.network.UserNetwork;
import dev.virtq.machine.sim.network.UserNetworkSettings;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.function.Predicate;

/** A port on sim's user network, and a wire between them that can lose frames. */
final class SimulatedLink {
    final ScriptedPort port = new ScriptedPort(this::toNetwork);
    private final UserNetwork network;

    /** Which frames to the network are lost. */
    Predicate<MemorySegment> losesThere = frame -> false;

    /** Which frames from the network are lost. */
    Predicate<MemorySegment> losesBack = frame -> false;

    SimulatedLink(UserNetworkSettings settings) {
        this.network = new UserNetwork(settings);
    }

    NetworkHost host() {
        return host(Ipv4Settings.QEMU_USER_NETWORK);
    }

    NetworkHost host(Ipv4Settings settings) {
        return new NetworkHost(port, settings, port.clock, new Random(7));
    }

    private void toNetwork(MemorySegment frame) {
        if (!losesThere.test(frame)) {
            network.accept(frame.asReadOnly(), this::fromNetwork);
        }
    }

    private void fromNetwork(MemorySegment frame) {
        if (!losesBack.test(frame)) {
            port.deliver(frame);
        }
    }
}
