package dev.virtq.split;

import dev.virtq.ring.contract.BusyQueueContract;

class BusyQueueTest extends BusyQueueContract implements SplitRing {}
