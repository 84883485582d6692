package dev.virtq.benchmarks.net;

import java.io.IOException;
import java.util.List;

/**
 * One of the two that are compared: a driver, and the device that it alone has. They are stopped
 * when the other side has its turn, and go on when this is closed.
 */
final class Side implements AutoCloseable {
    private static final int SETTLE_MILLIS = 50;
    private static final int WINDOW_MILLIS = 400;

    private final Testpmd device;
    private final Row.Direction direction;
    private final List<Long> processes;
    private boolean stopped;

    Side(Testpmd device, Driver driver, Row.Direction direction) {
        this.device = device;
        this.direction = direction;
        processes = List.of(device.pid(), driver.pid());
    }

    /** Lets it run for a while first, then it waits for its turns. */
    void warmUp(int seconds) throws IOException, InterruptedException {
        Thread.sleep(seconds * 1000L);
        stop();
    }

    /** {@return millions of packets a second, as the device counts them in a turn of this side} */
    double turn() throws IOException, InterruptedException {
        goOn();
        Thread.sleep(SETTLE_MILLIS);
        Testpmd.Counts before = device.counts();
        Thread.sleep(WINDOW_MILLIS);
        Testpmd.Counts after = device.counts();
        stop();
        long packets = after.of(direction) - before.of(direction);
        return packets * 1e3 / (after.nanos() - before.nanos());
    }

    private void stop() throws IOException, InterruptedException {
        stopped = true; // before: who is interrupted does not know whether the signal has gone
        signal("-STOP");
    }

    private void goOn() throws IOException, InterruptedException {
        signal("-CONT");
        stopped = false;
    }

    private void signal(String signal) throws IOException, InterruptedException {
        List<String> command =
                List.of("kill", signal, processes.get(0).toString(), processes.get(1).toString());
        int status = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (status != 0) {
            throw new IOException("'%s' failed with status %d".formatted(command, status));
        }
    }

    /** Whoever is stopped does not even end when it is told to. */
    @Override
    public void close() throws IOException, InterruptedException {
        if (stopped) {
            goOn();
        }
    }
}
