package dev.virtq.machine.sim.hostile;

import java.lang.foreign.MemorySegment;

/**
 * Lies of a file system device in its answers to FUSE requests (virtio 1.4, section 5.11.6). Each
 * tells one kind of untruth, in all answers in which it can be told; the rest is honest.
 */
public enum FuseLie implements Mischief {
    /** The number of a request that nobody has made. */
    WRONG_UNIQUE {
        @Override
        void twist(FuseTwist answer) {
            answer.header().putLong(FuseTwist.UNIQUE, ~answer.unique());
        }
    },
    /** The number of something that nobody has asked for. */
    UNIQUE_ZERO {
        @Override
        void twist(FuseTwist answer) {
            answer.header().putLong(FuseTwist.UNIQUE, 0);
        }
    },
    /** Nothing at all. */
    NO_ANSWER {
        @Override
        void twist(FuseTwist answer) {
            answer.cut(0);
        }
    },
    /** Half a header. */
    HALF_A_HEADER {
        @Override
        void twist(FuseTwist answer) {
            answer.cut(FuseTwist.HEADER / 2);
        }
    },
    /** A last byte that is not there, and a header that does not count it. */
    ONE_BYTE_SHORT {
        @Override
        void twist(FuseTwist answer) {
            if (answer.hasFields()) {
                answer.cut(answer.length() - 1);
                answer.tellLength(answer.length());
            }
        }
    },
    /** A header, and none of what was asked for. */
    FIELDS_MISSING {
        @Override
        void twist(FuseTwist answer) {
            answer.cut(FuseTwist.HEADER);
            answer.tellLength(FuseTwist.HEADER);
        }
    },
    /** A length that goes on behind what was written. */
    LENGTH_BEYOND_THE_BUFFER {
        @Override
        void twist(FuseTwist answer) {
            answer.tellLength(answer.length() + (1 << 20));
        }
    },
    /** The largest number that a length can be. */
    LENGTH_OF_ALL_ONES {
        @Override
        void twist(FuseTwist answer) {
            answer.tellLength(-1);
        }
    },
    /** A length that leaves out a part of the header. */
    LENGTH_OF_NOTHING {
        @Override
        void twist(FuseTwist answer) {
            answer.tellLength(0);
        }
    },
    /** A length that leaves out what was written. */
    LENGTH_TOO_SMALL {
        @Override
        void twist(FuseTwist answer) {
            answer.tellLength(answer.length() - 1);
        }
    },
    /** An error that is a success. */
    POSITIVE_ERROR {
        @Override
        void twist(FuseTwist answer) {
            answer.tellError(2);
        }
    },
    /** An error that no system has. */
    ERROR_BEYOND_4095 {
        @Override
        void twist(FuseTwist answer) {
            answer.tellError(-4096);
        }
    },
    /** The error whose opposite is itself. */
    LEAST_ERROR {
        @Override
        void twist(FuseTwist answer) {
            answer.tellError(Integer.MIN_VALUE);
        }
    },
    /** An error, and what was asked for. */
    ERROR_WITH_FIELDS {
        @Override
        void twist(FuseTwist answer) {
            if (answer.hasFields()) {
                answer.tellError(-5);
            }
        }
    },
    /** A file of less than no bytes. */
    NEGATIVE_SIZE {
        @Override
        void twist(FuseTwist answer) {
            answer.attributes(each -> each.size(-1));
        }
    },
    /** A file that is of no kind. */
    MODE_WITHOUT_TYPE {
        @Override
        void twist(FuseTwist answer) {
            answer.attributes(each -> each.mode(each.mode() & 07777));
        }
    },
    /** A file of a kind that there is not. */
    MODE_OF_AN_UNKNOWN_TYPE {
        @Override
        void twist(FuseTwist answer) {
            answer.attributes(each -> each.mode(each.mode() | 0170000));
        }
    },
    /** A time between seconds that is longer than one. */
    NANOSECONDS_BEYOND_A_SECOND {
        @Override
        void twist(FuseTwist answer) {
            answer.attributes(each -> each.nanoseconds(1_000_000_000));
        }
    },
    /** A time that no clock tells. */
    TIME_BEYOND_ALL_CLOCKS {
        @Override
        void twist(FuseTwist answer) {
            answer.attributes(each -> each.seconds(Long.MIN_VALUE));
        }
    },
    /** Trust until the end of time, and more nanoseconds than a second has. */
    VALIDITY_THAT_OVERFLOWS {
        @Override
        void twist(FuseTwist answer) {
            answer.validity(-1, -1);
        }
    },
    /** A node that nothing has, for something that was made or found. */
    NODE_ZERO {
        @Override
        void twist(FuseTwist answer) {
            answer.entryNode(0);
        }
    },
    /** The root, for something that is not. */
    NODE_OF_THE_ROOT {
        @Override
        void twist(FuseTwist answer) {
            answer.entryNode(1);
        }
    },
    /** Names that lead into another directory. */
    NAME_WITH_A_SLASH {
        @Override
        void twist(FuseTwist answer) {
            answer.names(name -> name.set(name.length() - 1, '/'));
        }
    },
    /** Names that end before they end. */
    NAME_WITH_A_ZERO {
        @Override
        void twist(FuseTwist answer) {
            answer.names(name -> name.set(name.length() - 1, 0));
        }
    },
    /** Names without a byte. */
    NAME_OF_NOTHING {
        @Override
        void twist(FuseTwist answer) {
            answer.names(name -> name.tellLength(0));
        }
    },
    /** Names that go on behind the answer. */
    NAME_PAST_THE_REPLY {
        @Override
        void twist(FuseTwist answer) {
            answer.names(name -> name.tellLength(answer.length() + 1));
        }
    },
    /** Names of the largest length that can be told. */
    NAME_LENGTH_OF_ALL_ONES {
        @Override
        void twist(FuseTwist answer) {
            answer.names(name -> name.tellLength(-1));
        }
    },
    /** Directories that hold themselves, under every name that they have. */
    DOT_LOOP {
        @Override
        void twist(FuseTwist answer) {
            answer.dots();
        }
    },
    /** A directory that begins again where it ends. */
    READDIR_BEGINS_AGAIN {
        @Override
        void twist(FuseTwist answer) {
            answer.insteadOfTheEnd("again", 0);
        }
    },
    /** A directory that has one more name, and one more, for ever. */
    READDIR_ENDLESS {
        @Override
        void twist(FuseTwist answer) {
            answer.insteadOfTheEnd("endless-" + answer.unique(), (1L << 40) + answer.unique());
        }
    },
    /** More bytes written than were sent. */
    WRITTEN_MORE_THAN_SENT {
        @Override
        void twist(FuseTwist answer) {
            answer.count(1 << 30);
        }
    },
    /**
     * An open directory or file that offers what nobody has asked for: every flag that there is.
     */
    OPEN_FLAGS_OF_ALL_ONES {
        @Override
        void twist(FuseTwist answer) {
            answer.openFlags(-1);
        }
    },
    /** An offset before the first byte. */
    SEEK_NEGATIVE {
        @Override
        void twist(FuseTwist answer) {
            answer.seek(-1);
        }
    },
    /** Links that point through a zero. */
    LINK_WITH_A_ZERO {
        @Override
        void twist(FuseTwist answer) {
            answer.linkByte(0);
        }
    },
    /** Attributes that are as long as can be told. */
    XATTR_SIZE_OF_ALL_ONES {
        @Override
        void twist(FuseTwist answer) {
            answer.extendedSize(-1);
        }
    },
    /** A file system whose blocks have no bytes. */
    BLOCKS_OF_NOTHING {
        @Override
        void twist(FuseTwist answer) {
            answer.blockSize(0);
        }
    },
    /** A protocol that is not spoken yet. */
    MAJOR_VERSION_8 {
        @Override
        void twist(FuseTwist answer) {
            answer.init(FuseTwist.INIT_MAJOR, 8);
        }
    },
    /** A version that is newer than what was asked for. */
    MINOR_VERSION_TOO_NEW {
        @Override
        void twist(FuseTwist answer) {
            answer.init(FuseTwist.INIT_MINOR, 0x7fff_ffff);
        }
    },
    /** A version before the device's time. */
    MINOR_VERSION_TOO_OLD {
        @Override
        void twist(FuseTwist answer) {
            answer.init(FuseTwist.INIT_MINOR, 0);
        }
    },
    /** Writes of nothing. */
    MAX_WRITE_ZERO {
        @Override
        void twist(FuseTwist answer) {
            answer.init(FuseTwist.INIT_MAX_WRITE, 0);
        }
    },
    /** Writes of more than can be. */
    MAX_WRITE_OF_ALL_ONES {
        @Override
        void twist(FuseTwist answer) {
            answer.init(FuseTwist.INIT_MAX_WRITE, -1);
        }
    },
    /** Every flag that there is, asked for or not. */
    ALL_FLAGS_AGREED {
        @Override
        void twist(FuseTwist answer) {
            answer.init(FuseTwist.INIT_FLAGS, -1);
            answer.init(FuseTwist.INIT_FLAGS2, -1);
        }
    },
    /** Mappings that are aligned to more than a window has. */
    MAP_ALIGNMENT_63 {
        @Override
        void twist(FuseTwist answer) {
            answer.mapAlignment(63);
        }
    },
    /** Mappings that are aligned to a byte. */
    MAP_ALIGNMENT_ZERO {
        @Override
        void twist(FuseTwist answer) {
            answer.mapAlignment(0);
        }
    },
    /** A device that takes no requests. */
    NO_REQUEST_QUEUES {
        @Override
        public void fileSystemConfig(MemorySegment space) {
            FuseTwist.requestQueues(space, 0);
        }

        @Override
        void twist(FuseTwist answer) {}
    },
    /** A device with more queues than any can have. */
    REQUEST_QUEUES_OF_ALL_ONES {
        @Override
        public void fileSystemConfig(MemorySegment space) {
            FuseTwist.requestQueues(space, -1);
        }

        @Override
        void twist(FuseTwist answer) {}
    };

    abstract void twist(FuseTwist answer);

    @Override
    public byte[] fuseAnswer(int opcode, byte[] honest) {
        FuseTwist answer = new FuseTwist(opcode, honest);
        twist(answer);
        return answer.bytes();
    }
}
