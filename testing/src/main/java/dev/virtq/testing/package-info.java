/**
 * What the tests of every room share: saying which statement of the standard a test is about,
 * saying why a test was skipped, and turning a skip into a failure where nothing may be missing.
 *
 * <p>The build puts {@link dev.virtq.testing.SkipReporter} on the class path of every test run. A
 * room whose tests need a container engine or QEMU adds {@code dev.virtq:virtq-testing} with scope
 * {@code test} and asks {@link dev.virtq.testing.Prerequisite}. {@link dev.virtq.testing.Clause}
 * names statements of the standard.
 */
@NullMarked
package dev.virtq.testing;

import org.jspecify.annotations.NullMarked;
