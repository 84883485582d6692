/** What the commands write with: streams, colours, tables, JSON. */
package dev.virtq.cli.console;
