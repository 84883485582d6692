/** Ways in that take more than one command: the shell, scripts, and lists of commands. */
package dev.virtq.cli.shell;
