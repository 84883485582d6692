/**
 * The split ring (virtio 1.4, section 2.7).
 *
 * <p>A split ring has three parts: a table of descriptors, which say where buffers are; the
 * available ring, in which the driver puts the heads of chains; and the used ring, in which the
 * device returns them. {@link dev.virtq.split.SplitFormat} is found by programs that have this
 * module; {@link dev.virtq.split.SplitLayout} says where each field is.
 */
package dev.virtq.split;
