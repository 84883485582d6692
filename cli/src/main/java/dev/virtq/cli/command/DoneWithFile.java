package dev.virtq.cli.command;

import dev.virtq.cli.console.Console;

/**
 * Something was done with a file.
 *
 * @param done what, for people
 */
record DoneWithFile(String done) implements Answer {
    @Override
    public void print(Console console) {
        console.line(done);
    }
}
