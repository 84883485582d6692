/**
 * Whether the memory order of the rings holds (JCStress): what is published is seen whole, and no
 * notification is lost. {@code benchmarks/run jcstress -m quick} takes a minute; each test ends in
 * a state that it calls acceptable, or the run fails. {@link
 * dev.virtq.benchmarks.stress.HandshakeWithoutTheFence} shows what the full fences are for.
 */
package dev.virtq.benchmarks.stress;
