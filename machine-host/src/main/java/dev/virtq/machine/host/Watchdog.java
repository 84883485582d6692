package dev.virtq.machine.host;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A shell beside this JVM that has the device's memory open, too. When the JVM ends in whatever way
 * and has not dismissed it, it takes the device off the bus, and resets it, before it lets go of
 * the memory: until then the kernel gives those pages to nobody.
 */
final class Watchdog {
    private static final String SCRIPT = "watchdog.sh";
    private static final long PATIENCE_SECONDS = 1;

    private final Process shell;

    private Watchdog(Process shell) {
        this.shell = shell;
    }

    /**
     * Starts one.
     *
     * @param memory the file that the memory is mapped from
     * @param config the configuration space of the device's function
     * @param command what to write to the command register there
     * @param status what to write 0 to, when it can be reached through the configuration space
     * @return the watchdog, which has the memory open
     * @throws IOException when it does not start
     */
    static Watchdog start(Path memory, Path config, int command, Optional<StatusRegister> status)
            throws IOException {
        List<String> words =
                new ArrayList<>(
                        List.of(
                                "/bin/sh",
                                "-c",
                                script(),
                                "virtq-watchdog",
                                memory.toString(),
                                config.toString(),
                                octal(command, 2)));
        if (status.isPresent() && status.get().window().isPresent()) {
            words.add(String.valueOf(status.get().window().getAsInt()));
            words.add(octal(status.get().bar(), 1));
            words.add(octal(status.get().offset(), 4));
        }
        Process shell =
                new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        Watchdog watchdog = new Watchdog(shell);
        String word = watchdog.firstWord();
        if (!"ready".equals(word)) {
            watchdog.dismiss();
            throw new IOException("the watchdog (/bin/sh) did not get ready, but said: " + word);
        }
        return watchdog;
    }

    /** {@return bytes, the lowest first, as printf(1) reads them} */
    private static String octal(long value, int bytes) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < bytes; i++) {
            text.append("\\%03o".formatted((value >>> (8 * i)) & 0xff));
        }
        return text.toString();
    }

    private @Nullable String firstWord() throws IOException {
        try (BufferedReader said =
                new BufferedReader(
                        new InputStreamReader(shell.getInputStream(), StandardCharsets.US_ASCII))) {
            return said.readLine();
        }
    }

    private static String script() throws IOException {
        try (InputStream script = Watchdog.class.getResourceAsStream(SCRIPT)) {
            if (script == null) {
                throw new IllegalStateException(SCRIPT + " is missing beside " + Watchdog.class);
            }
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Ends it: no device can write to the memory any more. Idempotent. */
    void dismiss() {
        try (OutputStream pipe = shell.getOutputStream()) {
            pipe.write("done\n".getBytes(StandardCharsets.US_ASCII));
        } catch (IOException gone) {
            // Somebody has killed it, and it watches nothing any more.
        }
        boolean interrupted = false;
        try {
            if (!shell.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                shell.destroyForcibly();
            }
        } catch (InterruptedException e) {
            interrupted = true;
            shell.destroyForcibly();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
