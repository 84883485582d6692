/**
 * The statement of what a ring format must do, whichever it is: for whoever writes one, beside the
 * split and the packed ring, whose tests inherit all of it. A program that uses virtq needs none of
 * this.
 *
 * <p>Each {@code …Contract} is an abstract class of JUnit 5 tests over {@link
 * dev.virtq.queue.ring.RingFormat} and its two ends. A format says once what the contracts have to
 * know of it, and then has a class for each:
 *
 * {@snippet :
 * interface SpiralRing extends RingUnderTest {
 *     @Override
 *     default RingFormat format() {
 *         return new SpiralFormat();
 *     }
 *     // and where its areas and descriptors are
 * }
 *
 * class RingModelTest extends RingModelContract implements SpiralRing {}
 * }
 *
 * <p>The contracts ask for what the interfaces of {@code virtq-api} promise, and where it is about
 * the ring's bytes, they ask the format's tests for a look at them that does not go through the
 * code under test. What a layout brings with it (wrap counters, indices, flags) is for the format's
 * own tests, and so is the clause of the standard that a test holds it to: a test overrides the
 * contract's and names it.
 *
 * <p>Everything here runs on the class path or in a module. On the module path a test run needs
 * {@code --add-modules jdk.management}, which counts what a thread allocates.
 */
@NullMarked
package dev.virtq.ring.contract;

import org.jspecify.annotations.NullMarked;
