/** The rings against the Linux kernel's own ring test. */
package dev.virtq.benchmarks.ringtest;
