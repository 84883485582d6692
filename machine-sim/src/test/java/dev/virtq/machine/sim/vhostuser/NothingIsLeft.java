package dev.virtq.machine.sim.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.machine.sim.SimDevice;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A place for a socket, and what both ends have of the system counted before and after. */
@Timeout(60)
abstract class NothingIsLeft {
    static final Script HONEST = Script.honest(SimDevice.echo());

    /** The patience of the driver, a second for a reset that is not confirmed, and some time. */
    static final Duration SOON = EchoDriver.PATIENCE.plusSeconds(2);

    @TempDir private Path folder;
    Path socket = Path.of("");
    Belongings before = new Belongings(0, 0, 0);

    @BeforeEach
    void look() throws Exception {
        socket = folder.resolve("socket");
        before = Belongings.now();
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        before.assertAllIsBack();
        assertThat(folder).isEmptyDirectory();
    }
}
