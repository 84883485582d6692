package dev.virtq.machine.sim.hostile;

import java.lang.foreign.MemorySegment;

/**
 * Lies of a file system device on its notification queue (virtio 1.4, section 5.11.6.3). Each tells
 * one kind of untruth, in all notifications in which it can be told; the rest is honest.
 */
public enum NotificationLie implements Mischief {
    /** Nothing at all. */
    NOTHING_WRITTEN {
        @Override
        void twist(NotificationTwist message) {
            message.become(0);
        }
    },
    /** Half a header. */
    HALF_A_HEADER {
        @Override
        void twist(NotificationTwist message) {
            message.become(NotificationTwist.HEADER / 2);
        }
    },
    /** A header, and none of its fields. */
    FIELDS_MISSING {
        @Override
        void twist(NotificationTwist message) {
            message.become(NotificationTwist.HEADER);
            message.tellLength(message.length());
        }
    },
    /** A last byte that is not there, and a header that does not count it. */
    ONE_BYTE_SHORT {
        @Override
        void twist(NotificationTwist message) {
            message.become(message.length() - 1);
            message.tellLength(message.length());
        }
    },
    /** Bytes behind the last field. */
    FIELDS_TOO_MANY {
        @Override
        void twist(NotificationTwist message) {
            message.become(message.length() + 8);
            message.tellLength(message.length());
        }
    },
    /** A length that goes on behind what was written. */
    LENGTH_BEYOND_THE_BUFFER {
        @Override
        void twist(NotificationTwist message) {
            message.tellLength(1 << 20);
        }
    },
    /** The largest number that a length can be. */
    LENGTH_OF_ALL_ONES {
        @Override
        void twist(NotificationTwist message) {
            message.tellLength(-1);
        }
    },
    /** A length that leaves out a part of the header. */
    LENGTH_OF_NOTHING {
        @Override
        void twist(NotificationTwist message) {
            message.tellLength(0);
        }
    },
    /** The number of a request, as if it were an answer. */
    NUMBER_OF_A_REQUEST {
        @Override
        void twist(NotificationTwist message) {
            message.unique(2);
        }
    },
    /** An error in the place of a code. */
    ERROR_INSTEAD_OF_A_CODE {
        @Override
        void twist(NotificationTwist message) {
            message.code(-5);
        }
    },
    /** No code. */
    CODE_ZERO {
        @Override
        void twist(NotificationTwist message) {
            message.code(0);
        }
    },
    /** A name of more bytes than there are. */
    NAME_BEYOND_THE_BUFFER {
        @Override
        void twist(NotificationTwist message) {
            message.nameLength(200);
        }
    },
    /** A name that is longer than names are. */
    NAME_LENGTH_OF_ALL_ONES {
        @Override
        void twist(NotificationTwist message) {
            message.nameLength(-1);
        }
    },
    /** A name of no bytes. */
    NAME_OF_NOTHING {
        @Override
        void twist(NotificationTwist message) {
            message.nameLength(0);
        }
    },
    /** A name that leads somewhere else. */
    NAME_WITH_A_SLASH {
        @Override
        void twist(NotificationTwist message) {
            message.nameByte(1, '/');
        }
    },
    /** A name that goes on behind its end. */
    NAME_WITH_A_ZERO {
        @Override
        void twist(NotificationTwist message) {
            message.nameByte(1, 0);
        }
    },
    /** A name that has no end. */
    NAME_WITHOUT_END {
        @Override
        void twist(NotificationTwist message) {
            message.nameByte(0, 'x');
        }
    },
    /** More nodes than there are. */
    NODES_OF_ALL_ONES {
        @Override
        void twist(NotificationTwist message) {
            message.nodeCount(-1);
        }
    },
    /** Buffers of no bytes. */
    BUFFERS_OF_NOTHING {
        @Override
        public void fileSystemConfig(MemorySegment space) {
            NotificationTwist.bufferSize(space, 0);
        }
    },
    /** Buffers that no notification fits. */
    BUFFERS_SMALLER_THAN_A_HEADER {
        @Override
        public void fileSystemConfig(MemorySegment space) {
            NotificationTwist.bufferSize(space, NotificationTwist.HEADER - 1);
        }
    },
    /** Buffers that take all memory. */
    BUFFERS_OF_ALL_ONES {
        @Override
        public void fileSystemConfig(MemorySegment space) {
            NotificationTwist.bufferSize(space, -1);
        }
    };

    /** Changes an honest message. */
    void twist(NotificationTwist message) {}

    @Override
    public byte[] fuseNotification(byte[] honest) {
        NotificationTwist message = new NotificationTwist(honest);
        twist(message);
        return message.bytes();
    }
}
