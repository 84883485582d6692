package dev.virtq.split;

import dev.virtq.ring.contract.AllocationContract;

class AllocationTest extends AllocationContract implements SplitRing {}
