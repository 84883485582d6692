package dev.virtq.machine.sim.hostile;

/**
 * Lies about used chains, for the split and the packed ring alike. What becomes of each is in
 * {@code docs/hostile.md}.
 */
public enum RingLie implements Mischief {
    /** An id that no chain can have. */
    WRONG_ID {
        @Override
        public void use(HostileRing ring, int id, long length) {
            ring.tell(ring.size(), length);
        }
    },
    /** An id that a chain could have, and that was not made available. */
    ID_NEVER_AVAILABLE {
        @Override
        public void use(HostileRing ring, int id, long length) {
            ring.tell(ring.idThatIsNotAvailable(), 0);
        }
    },
    /** The right id, twice. */
    ID_TWICE {
        @Override
        public void use(HostileRing ring, int id, long length) {
            ring.useHonestly(id, length);
            ring.tell(id, length);
        }
    },
    /** One byte more than there was to write. */
    LENGTH_TOO_LARGE {
        @Override
        public void use(HostileRing ring, int id, long length) {
            ring.tell(id, ring.room() + 1);
        }
    },
    /** The largest number that a length can be. */
    LENGTH_OF_ALL_ONES {
        @Override
        public void use(HostileRing ring, int id, long length) {
            ring.tell(id, 0xffff_ffffL);
        }
    },
    /** Further on than the driver can be: the index, or a used flag. */
    AHEAD {
        @Override
        public void use(HostileRing ring, int id, long length) {
            ring.tellAt(ring.size(), id, length);
        }
    },
    /** A used flag one slot further on than the driver looks; for packed rings. */
    ONE_AHEAD {
        @Override
        public void use(HostileRing ring, int id, long length) {
            ring.tellAt(1, id, length);
        }
    },
    /** Where the driver has been already: the index, or a used flag. */
    BACKWARDS {
        @Override
        public void use(HostileRing ring, int id, long length) {
            ring.tellAt(-1, id, length);
        }
    },
    /** Everything that was made available, and the next one before it is. */
    USED_BEFORE_AVAILABLE {
        @Override
        public void use(HostileRing ring, int id, long length) {
            int early = ring.idThatIsNotAvailable();
            ring.useHonestly(id, length);
            ring.tell(early, 0);
        }
    },
    /** Honest, but for the descriptors: nothing is left of them. */
    DESCRIPTORS_OVERWRITTEN {
        @Override
        public void use(HostileRing ring, int id, long length) {
            ring.overwriteDescriptors();
            ring.useHonestly(id, length);
        }
    },
    /** A length that changes again and again, and is never too large. */
    LENGTH_CHANGES {
        @Override
        public void use(HostileRing ring, int id, long length) {
            ring.useHonestly(id, length);
            for (int i = 0; i < CHANGES; i++) {
                ring.tellOtherwise(id, length / 2);
                ring.tellOtherwise(id, length);
            }
        }
    },
    /** A length that changes again and again, right and too large, and stays too large. */
    LENGTH_CHANGES_FOR_THE_WORSE {
        @Override
        public void use(HostileRing ring, int id, long length) {
            ring.tell(id, ring.room() + 1);
            for (int i = 0; i < CHANGES; i++) {
                ring.tellOtherwise(id, length);
                ring.tellOtherwise(id, ring.room() + 1);
            }
        }
    },
    /** Flags of the other round: nothing seems to have happened; for packed rings. */
    WRAP_COUNTER_FLIPPED {
        @Override
        public void use(HostileRing ring, int id, long length) {
            ring.tellWithFlippedWrapCounter(id, length);
        }
    },
    /** A chain that the device keeps. */
    NEVER_USED {
        @Override
        public void use(HostileRing ring, int id, long length) {}
    };

    /** Long enough for a driver to read in between. */
    private static final int CHANGES = 2000;
}
