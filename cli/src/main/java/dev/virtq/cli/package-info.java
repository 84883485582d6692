/** The program {@code virtq}: its arguments, and what holds it together. */
package dev.virtq.cli;
