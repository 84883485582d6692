/** The commands: one class each, with the record that is its answer. */
package dev.virtq.cli.command;
