package dev.virtq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the words of a command line can become, for the shell in which virtq is typed. */
class CompletionTest {
    @TempDir private Path folder;

    @Test
    void machinesAreCompletedByName() {
        assertThat(of("virtq --machine ")).contains("sim ", "vhost-user:");
        assertThat(of("virtq exec --machine s")).containsExactly("sim ");
        assertThat(of("virtq net ping --machine=v")).containsExactly("--machine=vhost-user:");
    }

    @Test
    void waysToBeInterruptedAreCompleted() {
        assertThat(of("virtq --interrupts ")).containsExactlyInAnyOrder("msix ", "intx ", "poll ");
        assertThat(of("virtq shell --interrupts=m")).containsExactly("--interrupts=msix ");
    }

    @Test
    void socketsAreCompletedBehindTheColon() throws IOException {
        Files.createFile(folder.resolve("net.sock"));
        Files.createDirectory(folder.resolve("network"));

        String machine = "vhost-user:" + folder + "/net";
        assertThat(of("virtq shell --machine " + machine))
                .containsExactlyInAnyOrder(machine + ".sock ", machine + "work/");
        assertThat(of("virtq shell --machine=" + machine + "."))
                .containsExactly("--machine=" + machine + ".sock ");
    }

    @Test
    void commandsOptionsAndFilesAreCompleted() throws IOException {
        Files.createFile(folder.resolve("a.virtq"));
        Files.createDirectory(folder.resolve("b"));

        assertThat(of("virtq ")).contains("shell ", "net ", "completion ");
        assertThat(of("./virtq sh")).containsExactly("shell ");
        assertThat(of("virtq net p")).containsExactly("ping ");
        assertThat(of("virtq dev")).containsExactlyInAnyOrder("device ", "devices ");
        assertThat(of("virtq device ")).containsExactlyInAnyOrder("plug ", "unplug ");
        assertThat(of("virtq device plug ")).containsExactly("net ");
        assertThat(of("virtq device plug net --m")).contains("--mac ");
        assertThat(of("virtq net ping --cou")).containsExactly("--count ");
        assertThat(of("virtq --mach")).containsExactlyInAnyOrder("--machine ", "--machine-type ");
        assertThat(of("virtq run " + folder + "/a")).containsExactly(folder + "/a.virtq ");
        assertThat(of("virtq shell --tftp " + folder + "/")).containsExactly(folder + "/b/");
        assertThat(of("virtq run " + folder + "/none/")).isEmpty();
    }

    @Test
    void noMachineIsStartedForIt() {
        assertThat(of("virtq --machine bochs queue ")).isEmpty();
        assertThat(of("virtq --machine bochs use ")).isEmpty();
        assertThat(of("virtq --machine bochs queue 1 s")).containsExactly("send ");
    }

    @Test
    void bashAsksForThem() throws Exception {
        Files.createFile(folder.resolve("net.sock"));
        String machine = "vhost-user:" + folder + "/n";
        // A program in the place of virtq that answers as virtq does, and notes what it was asked.
        Path virtq = folder.resolve("virtq");
        Files.writeString(
                virtq,
                """
                #!/bin/sh
                echo "$@" >"%s/asked"
                echo "%set.sock "
                """
                        .formatted(folder, machine));
        assertThat(virtq.toFile().setExecutable(true)).isTrue();
        String line = virtq + " shell --machine " + machine;

        List<String> said =
                bash(
                        VirtqRun.of("completion").out()
                                + """
                                COMP_LINE='%s' COMP_POINT=%d
                                for COMP_WORDBREAKS in ' :=' ' '; do
                                    _virtq '%s'
                                    printf '<%%s>\\n' "${COMPREPLY[@]}"
                                done
                                complete -p
                                """
                                        .formatted(line, line.length(), virtq));

        assertThat(said)
                .containsExactly(
                        "<" + folder + "/net.sock >",
                        "<vhost-user:" + folder + "/net.sock >",
                        "complete -o nospace -F _virtq virtq");
        assertThat(folder.resolve("asked")).hasContent("completion --line " + line);
    }

    private static List<String> of(String line) {
        VirtqRun run = VirtqRun.of("completion", "--line", line);
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        return run.lines();
    }

    private static List<String> bash(String script) throws Exception {
        Process bash =
                new ProcessBuilder("bash", "--norc", "-c", script)
                        .redirectErrorStream(true)
                        .start();
        bash.getOutputStream().close();
        String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(bash.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return said.lines().toList();
    }
}
