package dev.virtq.benchmarks.net;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A program that drives the device, until its standard input ends or it has done its work. What it
 * prints is short.
 */
final class OwnDriver implements Driver {
    private final Process process;
    private final BufferedReader printed;

    private OwnDriver(List<String> command) throws IOException {
        process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        printed = process.inputReader();
    }

    /** Starts one of ours, in a JVM of its own. */
    static OwnDriver java(Class<?> main, Object... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                main.getName()));
        Stream.of(arguments).map(Object::toString).forEach(command::add);
        return new OwnDriver(command);
    }

    /** Starts another program. */
    static OwnDriver program(List<String> command) throws IOException {
        return new OwnDriver(command);
    }

    @Override
    public long pid() {
        return process.pid();
    }

    /** Reads up to a line that begins so. {@return when it came, as {@link System#nanoTime}} */
    long awaitLine(String start) throws IOException {
        List<String> before = new ArrayList<>();
        String line;
        while ((line = printed.readLine()) != null) {
            if (line.startsWith(start)) {
                return System.nanoTime();
            }
            before.add(line);
        }
        throw new IOException("the driver ended, and said: " + String.join(" / ", before));
    }

    /** Ends it. {@return what it has said} */
    List<String> end() throws IOException, InterruptedException {
        process.outputWriter().close();
        return result();
    }

    /** Waits until it has done its work. {@return what it has said} */
    List<String> result() throws IOException, InterruptedException {
        // It fits into a pipe; to wait ends when it is interrupted, and to read does not.
        int status = process.waitFor();
        List<String> said = printed.lines().toList();
        if (status != 0) {
            throw new IOException("the driver failed, and said: " + String.join(" / ", said));
        }
        return said;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
