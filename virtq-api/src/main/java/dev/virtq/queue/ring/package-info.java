/**
 * What a ring format implements, and what a device end offers. Programs that drive devices need
 * nothing of it.
 */
package dev.virtq.queue.ring;
