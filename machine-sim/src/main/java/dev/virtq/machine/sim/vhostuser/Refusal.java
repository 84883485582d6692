package dev.virtq.machine.sim.vhostuser;

import java.io.IOException;

/** The front end asked for what it may not ask for. */
final class Refusal extends IOException {
    private static final long serialVersionUID = 1L;

    Refusal(String why) {
        super(why);
    }
}
