/**
 * The packed ring (virtio 1.4, section 2.8).
 *
 * <p>A packed ring is one ring of descriptors that both sides write: the driver makes descriptors
 * available in it, the device writes used descriptors over them. Two flags in each descriptor say
 * which it is, and mean the opposite in every other round: each side counts rounds with a wrap
 * counter of one bit. {@link dev.virtq.packed.PackedFormat} is found by programs that have this
 * module; {@link dev.virtq.packed.PackedLayout} says where each field is.
 */
package dev.virtq.packed;
