/**
 * A FUSE client over virtio-fs (virtio 1.4, section 5.11): {@link
 * dev.virtq.drivers.fs.fuse.FuseConnection} carries requests, {@link
 * dev.virtq.drivers.fs.fuse.FuseClient} has a method for each kind of them.
 */
package dev.virtq.drivers.fs.fuse;
