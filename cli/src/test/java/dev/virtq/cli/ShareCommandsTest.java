package dev.virtq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is done with a share from the shell, on the machine in this process. */
class ShareCommandsTest {
    @TempDir private Path folder;

    private VirtqRun run(String... words) {
        String[] all = new String[words.length + 5];
        all[0] = "exec";
        all[1] = "--machine";
        all[2] = "sim";
        all[3] = "--share";
        all[4] = folder.resolve("share").toString();
        System.arraycopy(words, 0, all, 5, words.length);
        return VirtqRun.of(all);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--packed"})
    void filesGoThereAndBack(String ring) throws Exception {
        Path share = Files.createDirectory(folder.resolve("share"));
        Path here = Files.write(folder.resolve("here"), new byte[300_000]);
        Path back = folder.resolve("back");
        VirtqRun run =
                run(
                        ring.isEmpty() ? "--queue-size=64" : ring,
                        "fs mkdir -p a/b",
                        "fs put %s a/b/file".formatted(here),
                        "fs get a/b/file %s".formatted(back),
                        "fs ln -s b/file a/link",
                        "fs mv a/b/file a/b/moved",
                        "fs cp a/b/moved copy",
                        "fs ls -l a",
                        "fs find --name moved",
                        "fs rm -r a",
                        "fs df");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(back).hasSameBinaryContentAs(here);
        assertThat(share).isDirectoryContaining(path -> path.endsWith("copy"));
        assertThat(share.resolve("a")).doesNotExist();
        assertThat(run.out())
                .contains("link -> b/file")
                .contains("/a/b/moved\n")
                .contains("/a: removed, 4 in all");
    }

    @Test
    void eachRequestIsShownWithItsChain() throws Exception {
        Files.writeString(Files.createDirectory(folder.resolve("share")).resolve("a"), "text");
        VirtqRun run = run("fs trace on", "fs cat a");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out()).contains("text");
        assertThat(run.err()).contains("LOOKUP").contains("chain of 3");
        assertThat(run.err()).containsPattern("READ .* bytes -> .* bytes, 4 of them copied");
    }

    @Test
    void theSameWorkIsTimedOnTheShareAndBesideItAndNothingIsLeft() throws Exception {
        Path share = Files.createDirectory(folder.resolve("share"));
        Path beside = Files.createDirectory(folder.resolve("beside"));
        VirtqRun run = run("fs bench --size 2M --beside " + beside, "fs bench --size 1M --json");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out()).contains("write, 1 MiB blocks").contains("remove them");
        assertThat(share).isEmptyDirectory();
        assertThat(beside).isEmptyDirectory();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "fs cat none     | /none: there is no such file or folder",
                "fs ls none      | /none: there is no such file or folder",
                "fs rm full      | /full: the folder is not empty",
                "fs mkdir full   | /full: exists already",
                "fs cp full/a full/a/b | /full/a/b",
                "fs trace maybe  | 'maybe' is no state of a trace (expected: on or off)",
                "fs bench --size 5 | --size 5 (expected: a multiple of 1 MiB)",
                "fs              | 'fs' needs to know what",
            })
    void whatGoesWrongIsSaidInOneLine(String command, String said) throws Exception {
        Path full = Files.createDirectories(folder.resolve("share/full"));
        Files.writeString(full.resolve("a"), "text");
        VirtqRun run = run(command);
        assertThat(run.status()).isNotZero();
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.err()).contains(said);
    }

    @Test
    void aMachineWithoutAShareSaysHowToGetOne() {
        VirtqRun run = VirtqRun.of("exec", "--machine", "sim", "fs ls");
        assertThat(run.status()).isNotZero();
        assertThat(run.err()).contains("no file system device (expected: --share DIR");
    }
}
