package dev.virtq.packed;

import dev.virtq.ring.contract.RingModelContract;
import dev.virtq.testing.Clause;

@Clause({
    "2.7.4.1#1",
    "2.8.4",
    "2.8.8",
    "2.8.12#1",
    "2.8.12#2",
    "2.8.16#1",
    "2.8.16#2",
    "2.8.17#5",
    "2.8.18#1"
})
class RingModelTest extends RingModelContract implements PackedRing {}
