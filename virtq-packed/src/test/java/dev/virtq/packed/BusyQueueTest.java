package dev.virtq.packed;

import dev.virtq.ring.contract.BusyQueueContract;

class BusyQueueTest extends BusyQueueContract implements PackedRing {}
