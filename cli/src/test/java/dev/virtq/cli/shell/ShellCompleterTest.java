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
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jline.reader.Candidate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShellCompleterTest {
    private final Console console =
            new Console(new ByteArrayOutputStream(), new ByteArrayOutputStream(), false);
    private final Session session = session("sim");
    private final ShellCompleter completer = completer(session);

    @AfterEach
    void end() {
        session.close();
    }

    @Test
    void placesThatAMachineListsAreCompletedBehindTheColon() {
        MachineCandidates candidates =
                new MachineCandidates(
                        List.of(
                                new MachineChoice.Known(
                                        "host",
                                        "a function",
                                        true,
                                        () -> Optional.of(List.of("0000:00:02.0", "0000:00:03.0"))),
                                new MachineChoice.Known(
                                        "sim", "in this process", false, Optional::empty)));

        assertThat(candidates.startingWith("h"))
                .extracting(Candidate::value)
                .containsExactly("host:", "sim");
        assertThat(candidates.startingWith("host:0"))
                .extracting(Candidate::value)
                .containsExactly("host:0000:00:02.0", "host:0000:00:03.0", "sim");
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
        assertThat(complete("use", "")).as("no machine is started for it").isEmpty();
        assertThat(complete("queue", "")).isEmpty();
        assertThat(complete("device unplug", "")).isEmpty();
        assertThat(session.isStarted()).isFalse();
        session.machine();
        assertThat(complete("use", "")).containsExactly("net0");
        assertThat(complete("device unplug", "")).containsExactly("net0");
        assertThat(complete("queue", "")).containsExactly("0", "1");
        assertThat(complete("queue", "t")).contains("transmitq1");
        assertThat(complete("queue 1", "")).containsExactly("send", "kick", "poll", "reset");
    }

    @Test
    void nobodyWaitsForABackEndForTheSakeOfAName(@TempDir Path folder) {
        try (Session waiting = session("vhost-user:" + folder.resolve("socket") + ",listen")) {
            waiting.machine();
            long start = System.nanoTime();
            assertThat(completer(waiting).candidates(List.of("queue"), "")).isEmpty();
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(10));
        }
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

    private Session session(String machine) {
        return new Session(
                console,
                () ->
                        MachineChoice.ofInstalled()
                                .start(Optional.of(machine), MachineOptions.DEFAULT),
                () -> DriveOptions.DEFAULT);
    }

    private ShellCompleter completer(Session completed) {
        ErrorReport errors = new ErrorReport(console, () -> false, () -> false, () -> false);
        return new ShellCompleter(new Interpreter(completed, errors).root(), completed);
    }

    private List<String> complete(String before, String begun) {
        List<String> words = before.isEmpty() ? List.of() : List.of(before.split(" "));
        return completer.candidates(words, begun).stream().map(Candidate::value).toList();
    }
}
