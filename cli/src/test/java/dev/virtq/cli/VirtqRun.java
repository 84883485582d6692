package dev.virtq.cli;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.session.MachineChoice;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a run of virtq in this process came to.
 *
 * @param status its exit status
 * @param out what it answered
 * @param err what it said besides
 */
record VirtqRun(int status, String out, String err) {
    /** Runs virtq with the machines that are installed, and nothing to read. */
    static VirtqRun of(String... arguments) {
        return reading("", arguments);
    }

    /** Runs commands on a simulated machine. */
    static VirtqRun sim(String... commands) {
        String[] arguments = new String[commands.length + 3];
        arguments[0] = "exec";
        arguments[1] = "--machine";
        arguments[2] = "sim";
        System.arraycopy(commands, 0, arguments, 3, commands.length);
        return of(arguments);
    }

    /** Runs virtq with something to read, as from a pipe. */
    static VirtqRun reading(String input, String... arguments) {
        return with(MachineChoice.ofInstalled(), input, arguments);
    }

    /** Runs virtq with a choice of machines. */
    static VirtqRun with(MachineChoice choice, String input, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Program program =
                new Program(
                        new Console(out, err, false),
                        choice,
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        false);
        int status = program.run(arguments);
        return new VirtqRun(
                status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    List<String> lines() {
        return out.lines().toList();
    }

    /** {@return the documents that it answered, one for each line} */
    List<JsonNode> documents() {
        JsonMapper mapper = JsonMapper.shared();
        return out.lines().map(mapper::readTree).toList();
    }
}
