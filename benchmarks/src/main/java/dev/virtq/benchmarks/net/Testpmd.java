package dev.virtq.benchmarks.net;

import dev.virtq.benchmarks.ringtest.Cores;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** DPDK's {@code dpdk-testpmd} with one port, driven by what would be typed. */
final class Testpmd implements Driver {
    private static final Pattern COUNTED =
            Pattern.compile("(RX|TX)-packets: (\\d+)\\s+(?:RX-missed|TX-errors): (\\d+)");
    private static final String TIED = "0@0,1@1";
    private static final String PROMPT = "testpmd>";
    private static final String END = "the end of what it prints";
    private static final int LAST_LINES = 20;

    private final Process process;
    private final Writer typed;
    private final BlockingQueue<String> printed = new LinkedBlockingQueue<>();

    /** What the port has counted, and when. */
    record Counts(long received, long sent, long nanos) {
        /** {@return what the driver has sent, or received} */
        long of(Row.Direction direction) {
            return direction == Row.Direction.TRANSMIT ? received : sent;
        }
    }

    private Testpmd(List<String> command) throws IOException {
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        typed = process.outputWriter();
        Thread.ofPlatform().daemon().name("testpmd").start(this::listen);
    }

    /** {@return a device on core 1, which listens at a socket} */
    static Testpmd device(Path socket, Pages pages) throws IOException {
        return device(socket, pages, TIED);
    }

    /** {@return a device on whatever core is free} */
    static Testpmd untiedDevice(Path socket, Pages pages) throws IOException {
        String any = Cores.allowed();
        return device(socket, pages, "0@(%s),1@(%s)".formatted(any, any));
    }

    private static Testpmd device(Path socket, Pages pages, String cores) throws IOException {
        return new Testpmd(
                command(
                        "device-" + socket.getFileName(),
                        cores,
                        0,
                        pages,
                        "net_vhost0,iface=" + socket + ",queues=1"));
    }

    /** {@return DPDK's own driver on core 0, connected to a device} */
    static Testpmd driver(Path socket, Ring ring, Pages pages) throws IOException {
        String port = "net_virtio_user0,path=" + socket + "," + ring.deviceArguments();
        List<String> command = command("driver-" + socket.getFileName(), TIED, 1, pages, port);
        command.add(command.indexOf("--"), "--single-file-segments");
        return new Testpmd(command);
    }

    /** The other core forwards. No two may be called the same: they share files by that name. */
    private static List<String> command(
            String name, String cores, int mainCore, Pages pages, String port) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "stdbuf", // else what it prints comes when a buffer is full
                                "-oL",
                                "dpdk-testpmd",
                                "--lcores",
                                cores,
                                "--main-lcore",
                                Integer.toString(mainCore),
                                "--no-pci",
                                "--no-telemetry",
                                "--no-shconf", // shares nothing with others of DPDK's
                                "--file-prefix",
                                "virtq-" + name));
        command.addAll(pages.arguments());
        command.addAll(List.of("--vdev", port, "--", "-i", "--nb-cores=1"));
        return command;
    }

    @Override
    public long pid() {
        return process.pid();
    }

    /** Waits until it takes commands. */
    void await() throws IOException, InterruptedException {
        readTo("before it took a command; dpdk-testpmd comes with apt-get install dpdk-dev");
    }

    /** Types a line, and reads until the next one is asked for. */
    List<String> type(String line) throws IOException, InterruptedException {
        typed.write(line + "\n");
        typed.flush();
        return readTo(line);
    }

    void forward(String mode, int bytes) throws IOException, InterruptedException {
        type("set fwd " + mode);
        type("set txpkts " + bytes);
        type("start");
    }

    Counts counts() throws IOException, InterruptedException {
        long nanos = System.nanoTime();
        long received = 0;
        long sent = 0;
        for (String line : type("show port stats 0")) {
            Matcher counted = COUNTED.matcher(line);
            if (counted.find()) {
                if (counted.group(1).equals("RX")) {
                    received = Long.parseLong(counted.group(2));
                } else {
                    sent = Long.parseLong(counted.group(2));
                }
            }
        }
        return new Counts(received, sent, nanos);
    }

    /** Reads always: it would wait for a reader, and do nothing else meanwhile. */
    private void listen() {
        StringBuilder line = new StringBuilder();
        try (var reader = process.inputReader()) {
            int c;
            while ((c = reader.read()) >= 0) {
                if (c == '\n') {
                    printed.add(line.toString());
                    line.setLength(0);
                } else if (c != '\r') {
                    line.append((char) c);
                    if (line.toString().endsWith(PROMPT)) { // it stands where a line does not end
                        printed.add(PROMPT);
                        line.setLength(0);
                    }
                }
            }
        } catch (IOException e) {
            printed.add(e.toString());
        }
        printed.add(END);
    }

    private List<String> readTo(String what) throws IOException, InterruptedException {
        List<String> lines = new ArrayList<>();
        String line;
        while (!(line = printed.take()).equals(PROMPT)) {
            if (line.equals(END)) {
                List<String> last =
                        lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size());
                throw new IOException(
                        "testpmd ended (%s): %s".formatted(what, String.join(" / ", last)));
            }
            lines.add(line);
        }
        return lines;
    }

    @Override
    public void close() {
        try {
            typed.write("quit\n");
            typed.flush();
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (IOException | InterruptedException e) {
            process.destroyForcibly();
        }
    }
}
