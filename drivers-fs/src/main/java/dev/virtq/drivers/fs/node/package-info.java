/** The files of a share: each has a node, which names lead to. */
package dev.virtq.drivers.fs.node;
