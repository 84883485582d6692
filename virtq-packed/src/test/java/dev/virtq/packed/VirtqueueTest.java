package dev.virtq.packed;

import dev.virtq.ring.contract.QueueContract;

class VirtqueueTest extends QueueContract implements PackedRing {}
