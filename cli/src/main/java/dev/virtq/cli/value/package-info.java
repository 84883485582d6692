/** What users type, as values, and the error that a bad one is. */
package dev.virtq.cli.value;
