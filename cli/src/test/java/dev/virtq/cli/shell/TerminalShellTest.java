package dev.virtq.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.session.DriveOptions;
import dev.virtq.cli.session.MachineChoice;
import dev.virtq.cli.session.Session;
import dev.virtq.machine.MachineOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ExternalTerminal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The shell on a terminal whose keys a test presses. */
class TerminalShellTest {
    private static final char CTRL_C = 3;
    private static final char CTRL_D = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final ByteArrayOutputStream answers = new ByteArrayOutputStream();
    private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
    private final PipedOutputStream keyboard = new PipedOutputStream();
    private final Console console = new Console(answers, answers, false);
    private final Session session =
            new Session(
                    console,
                    () ->
                            MachineChoice.ofInstalled()
                                    .start(Optional.of("sim"), MachineOptions.DEFAULT),
                    () -> DriveOptions.DEFAULT);
    private Terminal terminal;
    private CompletableFuture<Void> shell;

    @BeforeEach
    void start() throws IOException {
        terminal =
                new ExternalTerminal(
                        "test",
                        "ansi",
                        new PipedInputStream(keyboard),
                        screen,
                        StandardCharsets.UTF_8);
        terminal.setSize(Size.of(80, 24));
        Attributes attributes = terminal.getAttributes();
        attributes.setControlChar(Attributes.ControlChar.VINTR, CTRL_C);
        attributes.setLocalFlag(Attributes.LocalFlag.ISIG, true);
        terminal.setAttributes(attributes);
        Interpreter interpreter =
                new Interpreter(
                        session,
                        new ErrorReport(console, () -> false, session::isOver, () -> false));
        shell =
                CompletableFuture.runAsync(() -> {
                    new TerminalShell(session, interpreter, terminal, Optional.empty()).run();
                    session.close();
                });
    }

    @AfterEach
    void end() throws IOException {
        terminal.close();
    }

    @Test
    void ctrlCEndsTheCommandAndNotTheShell() throws Exception {
        press("net ping 10.0.2.2 -c 10000 -i 10ms\n");
        awaitAnswer("icmp_seq=1 ");
        press("" + CTRL_C);
        awaitAnswer("ping statistics (interrupted)");
        press("net arp 10.0.2.2\n");
        awaitAnswer("10.0.2.2 is at 52:55:0a:00:02:02");
        press("quit\n");

        shell.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void ctrlCAtThePromptDropsTheLine() throws Exception {
        awaitScreen("virtq net0> ");
        press("frobnicate" + CTRL_C);
        press("devices\n");
        awaitAnswer("in this process");
        press("" + CTRL_D);

        shell.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(text(answers)).doesNotContain("frobnicate");
    }

    @Test
    void theTabKeyCompletes() throws Exception {
        awaitScreen("virtq net0> ");
        press("mach\t\n");
        awaitAnswer("a simulated machine");
        press("quit\n");

        shell.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private void press(String keys) throws IOException {
        keyboard.write(keys.getBytes(StandardCharsets.UTF_8));
        keyboard.flush();
    }

    private void awaitAnswer(String part) throws InterruptedException {
        await(answers, part);
    }

    private void awaitScreen(String part) throws InterruptedException {
        await(screen, part);
    }

    private void await(ByteArrayOutputStream stream, String part) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!text(stream).contains(part)) {
            assertThat(System.nanoTime() - deadline)
                    .as("time left to wait for '%s'; there is: %s", part, text(stream))
                    .isNegative();
            Thread.sleep(5);
        }
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8);
    }
}
