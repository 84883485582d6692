/**
 * A shared folder through virtq's own file system, beside the folder itself and beside a mount of
 * the kernel's FUSE.
 */
@NullMarked
package dev.virtq.benchmarks.fs;

import org.jspecify.annotations.NullMarked;
