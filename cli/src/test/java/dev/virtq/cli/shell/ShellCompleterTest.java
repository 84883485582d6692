package dev.virtq.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.session.DriveOptions;
import dev.virtq.cli.session.MachineChoice;
import dev.virtq.cli.session.Session;
import dev.virtq.machine.MachineOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jline.reader.Candidate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShellCompleterTest {
    private final Console console =
            new Console(new ByteArrayOutputStream(), new ByteArrayOutputStream(), false);
    private final Session session =
            new Session(
                    console,
                    () ->
                            MachineChoice.ofInstalled()
                                    .start(Optional.of("sim"), MachineOptions.DEFAULT),
                    () -> DriveOptions.DEFAULT);
    private final ShellCompleter completer =
            new ShellCompleter(
                    new Interpreter(
                                    session,
                                    new ErrorReport(console, () -> false, () -> false, () -> false))
                            .root(),
                    session);

    @AfterEach
    void end() {
        session.close();
    }

    @Test
    void commandsAreCompletedWithTheirDescriptions() {
        assertThat(complete("", "d")).contains("devices", "queues", "net", "help", "quit");
        assertThat(completer.candidates(List.of(), "").getFirst().descr()).isNotEmpty();
    }

    @Test
    void commandsOfAGroupAreCompleted() {
        assertThat(complete("net", ""))
                .containsExactly("up", "ping", "arp", "dhcp", "tftp", "capture");
        assertThat(complete("net tftp", "")).containsExactly("get");
    }

    @Test
    void optionsAreCompletedWhereTheyBelong() {
        assertThat(complete("net ping 10.0.2.2", "--"))
                .contains("--count", "--across-hole", "--json", "--help")
                .doesNotContain("--readable");
    }

    @Test
    void devicesAndQueuesAreCompletedByName() {
        assertThat(complete("use", "")).containsExactly("net0");
        assertThat(complete("queue", "")).containsExactly("0", "1");
        assertThat(complete("queue", "t")).contains("transmitq1");
        assertThat(complete("queue 1", "")).containsExactly("send", "kick", "poll");
    }

    @Test
    void theValueOfAnOptionIsNotACommand() {
        assertThat(complete("queue 1 send --readable", ""))
                .containsExactly("hex:", "text:", "zero:");
        assertThat(complete("queue 1 send --writable", "")).isEmpty();
        assertThat(complete("queue 1 send --no-kick", "--")).contains("--writable");
    }

    @Test
    void helpCompletesTheCommandsItCanTellOf() {
        assertThat(complete("help", "")).contains("net", "queue");
        assertThat(complete("help net", "")).contains("ping");
    }

    @Test
    void filesAreCompleted(@TempDir Path folder) throws IOException {
        Files.createFile(folder.resolve("a.pcapng"));
        Files.createDirectory(folder.resolve("b"));

        assertThat(complete("net capture -w", folder + "/"))
                .containsExactlyInAnyOrder(folder + "/a.pcapng", folder + "/b/");
    }

    private List<String> complete(String before, String begun) {
        List<String> words = before.isEmpty() ? List.of() : List.of(before.split(" "));
        return completer.candidates(words, begun).stream().map(Candidate::value).toList();
    }
}
