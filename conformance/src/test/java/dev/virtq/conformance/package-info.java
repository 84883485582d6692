/**
 * Which test holds virtq to which statement of virtio 1.4: reads the lists in {@code statements/}
 * and the compiled tests of all rooms, and keeps {@code docs/conformance.md}.
 */
@NullMarked
package dev.virtq.conformance;

import org.jspecify.annotations.NullMarked;
