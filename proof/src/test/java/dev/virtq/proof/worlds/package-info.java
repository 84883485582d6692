/**
 * Small worlds, explored to their end: a driver end and a device end of production code over one
 * small ring, stepped at each access to the memory that they share, in every order that the memory
 * model allows.
 *
 * <p>{@link dev.virtq.proof.worlds.RingLoader} loads the ring classes with their accesses turned
 * into calls of {@link dev.virtq.proof.worlds.Steps}; {@link dev.virtq.proof.worlds.SharedMemory}
 * says what each load may return; {@link dev.virtq.proof.worlds.World} holds both ends and the
 * {@link dev.virtq.proof.worlds.Model} that they are held to; {@link
 * dev.virtq.proof.worlds.Explorer} visits all states. The method and its limits: docs/proof.md.
 */
@NullMarked
package dev.virtq.proof.worlds;

import org.jspecify.annotations.NullMarked;
