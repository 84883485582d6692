package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;
import dev.virtq.cli.console.PrintableText;

/**
 * Something was done with a file.
 *
 * @param done what, for people
 */
record DoneWithFile(String done) implements Answer {
    @Override
    public void print(Console console) {
        console.line(PrintableText.of(done));
    }
}
