package dev.virtq.packed;

import dev.virtq.ring.contract.AllocationContract;

class AllocationTest extends AllocationContract implements PackedRing {}
