/** The rings against each other, and against the Linux kernel's own ring test. */
package dev.virtq.benchmarks.ringtest;
