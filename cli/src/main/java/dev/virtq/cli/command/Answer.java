package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;

/**
 * What a command answers: a record. Its components are the fields of the JSON document, so their
 * names are part of what programs rely on.
 */
public interface Answer {
    /**
     * Writes the answer for people.
     *
     * @param console where to
     */
    void print(Console console);

    /** {@return the exit status that goes with it} */
    default int exitStatus() {
        return 0;
    }
}
